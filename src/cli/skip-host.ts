import { Option } from "@commander-js/extra-typings";

/** The option that names a host whose machine is lost. */
export const skipHost = () =>
  new Option(
    "--skip-host <host>",
    "do not contact this host, because its machine is lost: a worker, or one of several load balancers; may be repeated",
  )
    .argParser((value: string, former: string[]) => [...former, ...value.split(",")])
    .default([] as string[], "none");
