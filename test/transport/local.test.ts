import { describeTransport } from "./contract.js";
import { localConnection } from "../../src/transport/local.js";

// Runs as the current user: here root.
describeTransport("this machine", () =>
  Promise.resolve({
    connect: () => Promise.resolve(localConnection("cp1")),
    stop: () => Promise.resolve(),
  }),
);
