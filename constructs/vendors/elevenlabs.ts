import { elevenLabsDescriptor } from "../../src/vendors/elevenlabs/descriptor";
import * as checks from "../checks";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { Scope } from "../key/scope";
import type { Construct } from "../terraform";

/** What an issuer of keys of ElevenLabs is made of. */
export interface ElevenLabsIssuerProps extends KeyIssuerProps {
  /**
   * User id of the service account that keys are minted for; may be a token. In the workspace's
   * settings, under *Service accounts*.
   */
  readonly serviceAccountUserId: string;
  /**
   * Base URL of the API, for workspaces with data residency, e.g.
   * `https://api.eu.residency.elevenlabs.io`.
   * @default "https://api.elevenlabs.io"
   */
  readonly baseUrl?: string;
}

const USER_ID = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * Issuer of keys of one service account at ElevenLabs. ElevenLabs enforces permissions, a monthly
 * limit of credits (`charactersPerMonth`) and networks per key. It knows no expiry: the sweep ends
 * keys.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new ElevenLabsIssuer(stack, "elevenlabs", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/elevenlabs"),
 *   serviceAccountUserId: "sa_1",
 * });
 */
export class ElevenLabsIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, elevenLabsDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: ElevenLabsIssuerProps) {
    super(scope, id, elevenLabsDescriptor, settings(props), props);
    const { serviceAccountUserId, baseUrl } = props;
    checks.setting(
      this,
      "serviceAccountUserId",
      serviceAccountUserId,
      USER_ID,
      '1 to 128 letters, digits, "_" or "-"',
      "the workspace's service accounts at ElevenLabs",
    );
    if (baseUrl !== undefined && !elevenLabsDescriptor.baseUrls.includes(baseUrl)) {
      throw errors.baseUrlNotAllowed(this, elevenLabsDescriptor.displayName, baseUrl, elevenLabsDescriptor.baseUrls);
    }
  }
}

/** As the adapter reads them. */
function settings({ serviceAccountUserId, baseUrl }: ElevenLabsIssuerProps): { [name: string]: string } {
  return baseUrl === undefined ? { serviceAccountUserId } : { serviceAccountUserId, baseUrl };
}

/**
 * What a key may do at ElevenLabs: its permissions.
 *
 * @example
 * [ElevenLabsScope.TEXT_TO_SPEECH];
 */
export class ElevenLabsScope extends Scope {
  public static readonly TEXT_TO_SPEECH = ElevenLabsScope.of("text_to_speech");
  public static readonly SPEECH_TO_SPEECH = ElevenLabsScope.of("speech_to_speech");
  public static readonly SPEECH_TO_TEXT = ElevenLabsScope.of("speech_to_text");
  public static readonly MODELS_READ = ElevenLabsScope.of("models_read");
  public static readonly MODELS_WRITE = ElevenLabsScope.of("models_write");
  public static readonly VOICES_READ = ElevenLabsScope.of("voices_read");
  public static readonly VOICES_WRITE = ElevenLabsScope.of("voices_write");
  public static readonly VOICE_COLLECTIONS_READ = ElevenLabsScope.of("voice_collections_read");
  public static readonly VOICE_COLLECTIONS_WRITE = ElevenLabsScope.of("voice_collections_write");
  public static readonly SPEECH_HISTORY_READ = ElevenLabsScope.of("speech_history_read");
  public static readonly SPEECH_HISTORY_WRITE = ElevenLabsScope.of("speech_history_write");
  public static readonly SOUND_GENERATION = ElevenLabsScope.of("sound_generation");
  public static readonly AUDIO_ISOLATION = ElevenLabsScope.of("audio_isolation");
  public static readonly VOICE_GENERATION = ElevenLabsScope.of("voice_generation");
  public static readonly DUBBING_READ = ElevenLabsScope.of("dubbing_read");
  public static readonly DUBBING_WRITE = ElevenLabsScope.of("dubbing_write");
  public static readonly PRONUNCIATION_DICTIONARIES_READ = ElevenLabsScope.of("pronunciation_dictionaries_read");
  public static readonly PRONUNCIATION_DICTIONARIES_WRITE = ElevenLabsScope.of("pronunciation_dictionaries_write");
  public static readonly USER_READ = ElevenLabsScope.of("user_read");
  public static readonly USER_WRITE = ElevenLabsScope.of("user_write");
  public static readonly PROJECTS_READ = ElevenLabsScope.of("projects_read");
  public static readonly PROJECTS_WRITE = ElevenLabsScope.of("projects_write");
  public static readonly AUDIO_NATIVE_READ = ElevenLabsScope.of("audio_native_read");
  public static readonly AUDIO_NATIVE_WRITE = ElevenLabsScope.of("audio_native_write");
  public static readonly WORKSPACE_READ = ElevenLabsScope.of("workspace_read");
  public static readonly WORKSPACE_WRITE = ElevenLabsScope.of("workspace_write");
  public static readonly FORCED_ALIGNMENT = ElevenLabsScope.of("forced_alignment");
  public static readonly CONVAI_READ = ElevenLabsScope.of("convai_read");
  public static readonly CONVAI_WRITE = ElevenLabsScope.of("convai_write");
  public static readonly MUSIC_GENERATION = ElevenLabsScope.of("music_generation");
  public static readonly IMAGE_VIDEO_GENERATION = ElevenLabsScope.of("image_video_generation");
  public static readonly FLOWS = ElevenLabsScope.of("flows");
  public static readonly TEMPLATES = ElevenLabsScope.of("templates");
  public static readonly ADD_VOICE_FROM_VOICE_LIBRARY = ElevenLabsScope.of("add_voice_from_voice_library");
  public static readonly CREATE_INSTANT_VOICE_CLONE = ElevenLabsScope.of("create_instant_voice_clone");
  public static readonly CREATE_PROFESSIONAL_VOICE_CLONE = ElevenLabsScope.of("create_professional_voice_clone");
  public static readonly PUBLISH_VOICE_TO_VOICE_LIBRARY = ElevenLabsScope.of("publish_voice_to_voice_library");
  public static readonly SHARE_VOICE_EXTERNALLY = ElevenLabsScope.of("share_voice_externally");
  public static readonly CREATE_USER_API_KEY = ElevenLabsScope.of("create_user_api_key");
  public static readonly WORKSPACE_ANALYTICS_FULL_READ = ElevenLabsScope.of("workspace_analytics_full_read");
  public static readonly WEBHOOKS_WRITE = ElevenLabsScope.of("webhooks_write");
  /** As much as an admin key may do. */
  public static readonly SERVICE_ACCOUNT_WRITE = ElevenLabsScope.of("service_account_write");
  public static readonly GROUP_MEMBERS_MANAGE = ElevenLabsScope.of("group_members_manage");
  public static readonly WORKSPACE_MEMBERS_READ = ElevenLabsScope.of("workspace_members_read");
  public static readonly WORKSPACE_MEMBERS_INVITE = ElevenLabsScope.of("workspace_members_invite");
  public static readonly WORKSPACE_MEMBERS_REMOVE = ElevenLabsScope.of("workspace_members_remove");
  public static readonly TERMS_OF_SERVICE_ACCEPT = ElevenLabsScope.of("terms_of_service_accept");
  public static readonly AUDIT_LOG_READ = ElevenLabsScope.of("audit_log_read");
  public static readonly CONVERSATION_PRIVACY_MANAGE = ElevenLabsScope.of("conversation_privacy_manage");
  public static readonly COPY_RESOURCES_CROSS_WORKSPACE = ElevenLabsScope.of("copy_resources_cross_workspace");
  public static readonly SYNTHID_DETECTOR = ElevenLabsScope.of("synthid_detector");

  /**
   * A known permission by its name, e.g. from a file. Names that are not known are refused by the
   * key.
   */
  public static of(value: string): ElevenLabsScope {
    return new ElevenLabsScope(value, false);
  }

  /** A permission that ElevenLabs has and this release does not know. */
  public static custom(value: string): ElevenLabsScope {
    return new ElevenLabsScope(value, true);
  }

  private constructor(value: string, custom: boolean) {
    super(elevenLabsDescriptor.id, value, custom);
  }
}
