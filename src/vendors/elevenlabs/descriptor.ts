import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * ElevenLabs as npm `@elevenlabs/elevenlabs-js` 2.73 describes it
 * (`service-accounts/{id}/api-keys`).
 *
 * Enforcement: a key of a service account has permissions, a monthly limit of credits
 * (`character_limit`: calls that cost fail beyond it) and networks that it may be used from. Which
 * voices, agents and projects it reaches is what the service account was given in the workspace.
 * Limits on concurrency exist per key for Enterprise customers, and no common limit says them.
 * There is no expiry: the sweep ends keys.
 *
 * Unverified: how a key is refused that is used from outside of its networks, what a deletion of an
 * unknown key answers (404 is taken for gone; after a 400 or 422 the list decides), how long names
 * may be, how many admin calls are answered.
 */
export const elevenLabsDescriptor: VendorDescriptor = {
  id: "elevenlabs",
  displayName: "ElevenLabs",
  strategy: "additive",
  baseUrls: [
    "https://api.elevenlabs.io",
    "https://api.us.elevenlabs.io",
    "https://api.eu.residency.elevenlabs.io",
    "https://api.in.residency.elevenlabs.io",
    "https://api.sg.residency.elevenlabs.io",
  ],
  enforcement: {
    permissions: "key",
    // They follow from permissions; there is no list of them.
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "key",
    expiry: "nobody",
    sourceIp: "key",
  },
  inPlace: { grant: true, expiry: false },
  // `PermissionType` of the client. What each opens is documented by its name alone.
  scopes: {
    text_to_speech: "Text to speech",
    speech_to_speech: "Voice changer",
    speech_to_text: "Transcription",
    models_read: "List models",
    models_write: "Change models",
    voices_read: "List and read voices",
    voices_write: "Create, change and delete voices",
    voice_collections_read: "Read collections of voices",
    voice_collections_write: "Change collections of voices",
    speech_history_read: "Read the history of generated speech",
    speech_history_write: "Delete from the history of generated speech",
    sound_generation: "Sound effects",
    audio_isolation: "Voice isolator",
    voice_generation: "Voice design",
    dubbing_read: "Read dubbing projects",
    dubbing_write: "Create and delete dubbing projects",
    pronunciation_dictionaries_read: "Read pronunciation dictionaries",
    pronunciation_dictionaries_write: "Create and change pronunciation dictionaries",
    user_read: "Read the account and its subscription",
    user_write: "Change the account",
    projects_read: "Read Studio projects",
    projects_write: "Create and change Studio projects",
    audio_native_read: "Read Audio Native projects",
    audio_native_write: "Create and change Audio Native projects",
    workspace_read: "Read the workspace",
    workspace_write: "Change the workspace",
    forced_alignment: "Forced alignment",
    convai_read: "Read agents and conversations",
    convai_write: "Create and change agents",
    music_generation: "Music",
    image_video_generation: "Images and videos",
    flows: "Flows",
    templates: "Templates",
    add_voice_from_voice_library: "Add voices of the voice library",
    create_instant_voice_clone: "Create instant voice clones",
    create_professional_voice_clone: "Create professional voice clones",
    publish_voice_to_voice_library: "Publish voices in the voice library",
    share_voice_externally: "Share voices outside of the workspace",
    create_user_api_key: "Create API keys of users",
    workspace_analytics_full_read: "Read the usage of the whole workspace",
    webhooks_write: "Create and change webhooks",
    service_account_write: "Manage service accounts and their keys: as much as an admin key may do",
    group_members_manage: "Manage the members of groups",
    workspace_members_read: "List members of the workspace",
    workspace_members_invite: "Invite members to the workspace",
    workspace_members_remove: "Remove members from the workspace",
    terms_of_service_accept: "Accept terms of service",
    audit_log_read: "Read the audit log",
    conversation_privacy_manage: "Manage the privacy of conversations",
    copy_resources_cross_workspace: "Copy resources to other workspaces",
    synthid_detector: "SynthID detector",
  },
  adminScopes: [
    "user_write",
    "workspace_write",
    "create_user_api_key",
    "service_account_write",
    "group_members_manage",
    "workspace_members_invite",
    "workspace_members_remove",
  ],
  // There is no expiry to have a maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 5, worstSeconds: 900, source: "not documented" },
  accountGone: {
    noProof:
      "the admin key ends with its workspace, and ElevenLabs shows no state of a closed workspace or service account",
  },
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "the permission service_account_write",
  valuePrefixes: prefixesOf("elevenlabs"),
};
