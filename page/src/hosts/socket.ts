// The local page: one WebSocket to the server that gave it, taken up again when it breaks.
import type { Request } from "../messages";
import { type Arrival, type Host, unpacked } from "../wire";

const AGAIN = 1000; // milliseconds until the next attempt

export function socketHost(): Host {
  let socket: WebSocket | undefined;
  let early: Request[] = []; // asked before the socket was open
  return {
    send(request: Request) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
      else if (socket?.readyState === WebSocket.CONNECTING) early.push(request);
    },
    listen(arrived: (arrival: Arrival) => void, state: (connected: boolean, why: string) => void) {
      const connect = () => {
        socket = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
        socket.binaryType = "arraybuffer";
        socket.onopen = () => {
          state(true, "");
          for (const request of early) socket?.send(JSON.stringify(request));
          early = [];
        };
        socket.onmessage = (event) => arrived(unpacked(event.data as ArrayBuffer));
        socket.onclose = (event) => {
          state(false, event.reason || "glassgrad has stopped. Start it again to go on.");
          setTimeout(connect, AGAIN);
        };
      };
      connect();
    },
  };
}
