import ssh2, { type BaseAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";

/** An ssh-agent limited to keys listed beforehand, so that other keys cannot break the login. */
export class AgentWithKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly keys: readonly ParsedKey[];
  readonly #agent: BaseAgent;

  constructor(agent: BaseAgent, keys: readonly ParsedKey[]) {
    super();
    this.#agent = agent;
    this.keys = keys;
  }

  /** The agent at a socket with all keys that ssh2 supports; none if it does not respond. */
  static async at(socketPath: string): Promise<AgentWithKeys> {
    const agent = ssh2.createAgent(socketPath);
    const keys = await new Promise<ParsedKey[]>((resolve) => {
      agent.getIdentities((_error, found = []) => {
        resolve(found.filter(isParsedKey));
      });
    });
    return new AgentWithKeys(agent, keys);
  }

  /** The same agent limited to one key; undefined if it does not hold that key. */
  only(publicKey: Buffer): AgentWithKeys | undefined {
    const key = this.keys.find((held) => held.getPublicSSH().equals(publicKey));
    return key === undefined ? undefined : new AgentWithKeys(this.#agent, [key]);
  }

  override getIdentities(answer: (error: null, keys: ParsedKey[]) => void): void {
    answer(null, [...this.keys]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    answer?: SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, answer);
  }
}

function isParsedKey(key: object | string): key is ParsedKey {
  return typeof key === "object" && "getPublicSSH" in key;
}
