import type { PageModule } from "../pages/page.ts";
import * as api from "./admin-api.ts";
import { auditSection } from "./audit-section.ts";
import { jobsSection, overviewSection } from "./overview-section.ts";
import { usersSection } from "./users-section.ts";

export const page: PageModule = {
  show: async (host, _address, left) => {
    const [overview, storage] = await Promise.all([api.getOverview(), api.getStorage()]);
    if (left.aborted) return;
    host.append(overviewSection(overview, storage), usersSection(), jobsSection(overview), auditSection());
  },
};
