import { connect, createServer, type Socket } from "node:net";

/** A TCP relay to a port that can break connections as networks do. */
export interface Relay {
  readonly port: number;
  /** Resets every connection. */
  reset(): void;
  /** Ends every connection normally. */
  end(): void;
  /** Drops all data, without any notification. */
  freeze(): void;
  stop(): Promise<void>;
}

export async function startRelay(to: number): Promise<Relay> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    pairs.push([near, far]);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const each = (act: (near: Socket, far: Socket) => void): void => {
    for (const [near, far] of pairs) act(near, far);
  };
  return {
    port: address.port,
    reset: () => {
      each((near) => near.resetAndDestroy());
    },
    end: () => {
      each((near) => near.end());
    },
    freeze: () => {
      each((near, far) => {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      });
    },
    stop: async () => {
      each((near, far) => {
        near.destroy();
        far.destroy();
      });
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
