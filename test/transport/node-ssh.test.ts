import { nodeSshTransport } from "../../src/transport/node-ssh.js";
import { describeOnSshd } from "./on-sshd.js";

describeOnSshd("node-ssh", nodeSshTransport);
