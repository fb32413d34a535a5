import * as z from "zod";
import { email, newPassword, userSchema } from "./accounts.ts";

const token = z.string().min(1).max(200).meta({ description: "What stands behind `token=` in the mail's link" });

export const verifyEmailRequestBody = z.strictObject({
  email: email.optional().meta({ description: "Needed by who is not signed in" }),
});
export const tokenBody = z.strictObject({ token });
export const passwordResetRequestBody = z.strictObject({ email });
export const passwordResetBody = z.strictObject({ token, password: newPassword });
export const changePasswordBody = z.strictObject({
  current_password: z.string().min(1).max(1_000),
  new_password: newPassword,
});
export const changeEmailBody = z.strictObject({
  email,
  current_password: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: "Needed where the account has a password" }),
});

/** Says the same whether or not there is such an account. */
export const acceptedSchema = z.object({ status: z.literal("accepted"), detail: z.string() }).meta({ id: "Accepted" });
export type AcceptedJson = z.infer<typeof acceptedSchema>;

export const verifiedSchema = z.object({ user: userSchema });
export type VerifiedJson = z.infer<typeof verifiedSchema>;
