export const themes = ["light", "dark", "system"] as const;

/** What a user may set. Null: what this deployment or the model has as its default. */
export interface UserPreferences {
  readonly default_model: string | null;
  readonly default_image_model: string | null;
  readonly temperature: number | null;
  readonly max_tokens: number | null;
  readonly theme: (typeof themes)[number];
  /** BCP 47, in its canonical spelling. */
  readonly language: string;
  readonly email_notifications: boolean;
  /** Whether Muse may take notes of what the user says, and use notes in its answers. */
  readonly memory_enabled: boolean;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** A document of `user_settings`; only what the user has set is in it. */
export interface UserSettings {
  readonly _id: string;
  readonly user_id: string;
  readonly settings: Partial<UserPreferences>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const defaultPreferences: UserPreferences = {
  default_model: null,
  default_image_model: null,
  temperature: null,
  max_tokens: null,
  theme: "system",
  language: "en",
  email_notifications: true,
  memory_enabled: true,
  custom: {},
};

/** What holds for a user: what they have set, and the defaults for the rest. */
export function preferencesOf(stored: UserSettings | null): UserPreferences {
  return { ...defaultPreferences, ...stored?.settings };
}
