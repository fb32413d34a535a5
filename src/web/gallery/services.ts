const serviceNames: Readonly<Record<string, string>> = {
  blob: "Muse",
  imgbb: "ImgBB",
  postimages: "PostImages",
  local: "this server's cache",
};

/** A place where pictures are stored, in words. */
export const serviceName = (service: string): string => serviceNames[service] ?? service;
