import { invalidField } from "../../domain/errors.ts";
import {
  preferencesOf,
  type UserPreferences,
  type UserSettings as UserSettingsDocument,
} from "../../domain/user-settings.ts";
import type { UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { ProviderRegistry } from "../../ports/providers.ts";
import type { SettingsJson, UpdateSettings } from "../../schemas/user-settings.ts";

interface Dependencies {
  readonly userSettings: UserSettings;
  readonly providers: () => Promise<ProviderRegistry>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What holds for a user, defaults included. One read by an index. */
export async function loadPreferences(
  { userSettings }: { userSettings: UserSettings },
  input: { userId: string },
): Promise<UserPreferences> {
  return preferencesOf(await userSettings.find(input.userId));
}

export async function getSettings(
  { userSettings }: Pick<Dependencies, "userSettings">,
  input: { userId: string },
): Promise<SettingsJson> {
  return toSettingsJson(await userSettings.find(input.userId));
}

/**
 * Replaces the given fields and leaves the rest.
 * @throws AppError `validation_failed` for a model that is not offered
 */
export async function updateSettings(
  { userSettings, providers, clock, ids }: Dependencies,
  input: { userId: string; body: UpdateSettings },
): Promise<SettingsJson> {
  const { userId, body } = input;
  if (typeof body.default_model === "string" || typeof body.default_image_model === "string") {
    const { chatModels, imageModels } = await providers();
    requireOffered("default_model", body.default_model, chatModels);
    requireOffered("default_image_model", body.default_image_model, imageModels);
  }
  // Zod gives `undefined` for no field that was not sent, so this is what was sent.
  const changes = body as Partial<UserPreferences>;
  if (Object.keys(changes).length === 0) return getSettings({ userSettings }, { userId });
  return toSettingsJson(await userSettings.set({ userId, settingsId: ids.next("set"), changes, now: clock.now() }));
}

function requireOffered(
  field: string,
  name: string | null | undefined,
  models: readonly { readonly id: string; readonly provider: string; readonly providerModel: string }[],
): void {
  if (name === undefined || name === null) return;
  const isOffered = models.some((model) => model.id === name || `${model.provider}:${model.providerModel}` === name);
  if (!isOffered) throw invalidField(field, "is not a model of GET /v1/models");
}

function toSettingsJson(stored: UserSettingsDocument | null): SettingsJson {
  return { ...preferencesOf(stored), updated_at: stored?.updated_at.toISOString() ?? null };
}
