import * as z from "zod";

/** What Muse reads of Stable Diffusion WebUI's answers (its own `/docs`); forks of it send more and less. */

const infoSchema = z.object({ index_of_first_image: z.int().min(0).catch(0) }).catch({ index_of_first_image: 0 });

export const picturesSchema = z.object({
  images: z.array(z.string().min(1)).min(1),
  /** JSON inside of a string. */
  info: z
    .string()
    .nullish()
    .transform((text) => infoSchema.parse(parsed(text ?? ""))),
});

export const progressSchema = z.object({
  progress: z.number().catch(0),
  /** Newer versions name the task at work, by the id that it was given. */
  current_task: z.string().nullish().catch(null),
});
export type WebuiProgress = z.infer<typeof progressSchema>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
