import { AppError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/platform.ts";
import type { Users } from "../../ports/users.ts";
import type { UpdateUser, UserJson } from "../../schemas/accounts.ts";
import { toUserJson } from "./user-json.ts";

const gone = () => new AppError("not_found", { detail: "There is no such account." });

/** @throws AppError `not_found` */
export async function getUser({ users }: { users: Users }, input: { userId: string }): Promise<UserJson> {
  const user = await users.findById(input.userId);
  if (user === null) throw gone();
  return toUserJson(user);
}

/** Changes what is given and leaves the rest. @throws AppError `conflict` when the user name is taken */
export async function updateUser(
  { users, clock }: { users: Users; clock: Clock },
  input: { userId: string; body: UpdateUser },
): Promise<UserJson> {
  const { profile = {}, ...rest } = input.body;
  const changes = { ...withoutUndefined(rest), profile: withoutUndefined(profile) };
  const updated = await users.update({ userId: input.userId, changes, now: clock.now() });
  if (updated === "username_taken") {
    const message = "This user name is in use.";
    throw new AppError("conflict", { detail: message, errors: [{ path: "username", message }] });
  }
  if (updated === null) throw gone();
  return toUserJson(updated);
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
