import { AppError } from "../../domain/errors.ts";
import type { GenerationJson } from "../../schemas/generations.ts";

/** Why there are no pictures, for a caller who waited for them. The credits came back with the job's end. */
export function failureOf({ status, error_code: code }: GenerationJson): AppError {
  if (status === "cancelled") return new AppError("conflict", { detail: "The generation was cancelled." });
  switch (code) {
    case "content_filter":
      return new AppError("unprocessable", {
        detail: "The provider refused the prompt.",
        errors: [{ path: "prompt", message: "was refused by the provider's content filter" }],
      });
    case "init_image_gone":
      return new AppError("unprocessable", {
        detail: "The picture to start from was deleted.",
        errors: [{ path: "init_image", message: "was deleted" }],
      });
    case "provider_timeout":
    case "timed_out":
      return new AppError("provider_timeout", { detail: "The pictures could not be made in time." });
    case "unavailable":
      return new AppError("unavailable", { detail: "The pictures could not be made at the moment." });
    case "internal":
      return new AppError("internal", { detail: "The pictures could not be made." });
    default:
      return new AppError("provider_failed", { detail: "The pictures could not be made." });
  }
}
