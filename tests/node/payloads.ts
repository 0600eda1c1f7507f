// What Followup sends to Slack, in Slack's own types. make_schema.mjs makes block_kit.schema.json of it.
import type { HomeView, KnownBlock, ModalView } from "@slack/types";

// Slack's own views also take `Block`, which is anything with a `type`: with that, no block would ever be wrong.
type Known<View> = Omit<View, "blocks"> & { blocks: KnownBlock[] };

interface Message {
  text: string;
  blocks: KnownBlock[];
}

// The answer to a submission has no type there: docs.slack.dev/surfaces/modals#displaying_errors
interface Errors {
  response_action: "errors";
  errors: Record<string, string>;
}

export type Payload = Message | Known<ModalView> | Known<HomeView> | Errors;
