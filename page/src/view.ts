// What a view is to the frame: where it hangs its parts, and which keys are its own.
import type { ComponentType } from "preact";
import type { Key } from "./keys";
import type { Explorer } from "./state";

export interface ViewProps {
  explorer: Explorer;
}

export interface View {
  /** Its name in the address. */
  name: string;
  title: string;
  /** The middle: give its outermost element the class "stage". */
  stage: ComponentType<ViewProps>;
  /** Left and right of the stage, each a scrolling column; a phone in landscape shows no rail. */
  rail?: ComponentType<ViewProps>;
  side?: ComponentType<ViewProps>;
  /** Inside the bar at the foot; without it there is none. */
  transport?: ComponentType<ViewProps>;
  /** It also shows an expression alone, with no network to train. */
  ofExpressions?: boolean;
  keys?: (explorer: Explorer) => Key[];
}
