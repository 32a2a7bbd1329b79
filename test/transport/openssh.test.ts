import { opensshTransport } from "../../src/transport/openssh/transport.js";
import { describeOnSshd } from "./on-sshd.js";
import { useSshConfig } from "./ssh-config.js";

useSshConfig();
describeOnSshd("openssh", opensshTransport);
