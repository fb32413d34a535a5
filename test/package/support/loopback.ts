/** Makes one name of the internet this machine: for processes that speak with a stand-in under its real name. */
import dns from "node:dns";

const loopbackHost = process.env.LOOPBACK_HOST;

if (loopbackHost !== undefined) {
  const lookup = dns.lookup;
  type Rest = Parameters<typeof lookup> extends [string, ...infer Rest] ? Rest : never;
  dns.lookup = ((name: string, ...rest: Rest) =>
    lookup(name === loopbackHost ? "127.0.0.1" : name, ...rest)) as typeof lookup;
}
