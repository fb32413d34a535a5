import * as z from "zod";

const exportFormats = ["json", "markdown"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportQuery = z.object({ format: z.enum(exportFormats).default("json") });
