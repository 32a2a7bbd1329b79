import type { Client, ClientChannel } from "ssh2";
import type { Channel, ChannelEnd, OpenChannel } from "./channel.js";

/** Channels of an ssh2 client. */
export function ssh2Channels(client: Client): OpenChannel {
  return (line, attach) =>
    new Promise((resolve, reject) => {
      client.exec(line, (error, channel) => {
        if (error === undefined) resolve(attach(adapted(channel)));
        else reject(error);
      });
    });
}

function adapted(channel: ClientChannel): Channel {
  // Writing to a command that has already ended is not an error.
  channel.on("error", () => undefined);
  return {
    stdout: channel,
    stderr: channel.stderr,
    end: endOf(channel),
    send: (stdin) => void channel.end(stdin),
    close: () => {
      channel.close();
    },
  };
}

async function endOf(channel: ClientChannel): Promise<ChannelEnd> {
  let end: ChannelEnd = { code: null, signal: null };
  channel.once("exit", (code: number | null, signal?: string) => {
    end = { code, signal: signal ?? null };
  });
  const closed = new Promise<void>((resolve) => channel.once("close", resolve));
  const stderrRead = new Promise<void>((resolve) => channel.stderr.once("end", resolve));
  await Promise.all([closed, stderrRead]);
  return end;
}
