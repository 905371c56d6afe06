/**
 * The service that plays Home Assistant and ESPHome: a supervisor as PID 1 and one listening child. Being
 * two processes it can show the failure that a container's state does not: a dead main process in a
 * container that is still Up.
 *
 * Environment: STANDIN_PORT, STANDIN_NODE (what `/` answers; the host name when empty),
 * STANDIN_START_DELAY (seconds until it listens), STANDIN_HEARTBEAT (a file named as the service that gets
 * `seconds-since-boot node service` appended ten times a second: the clock that all nodes of one machine
 * share, and that a shell reads without starting a program).
 */
export const STANDIN_SUPERVISOR = `#!/bin/sh
echo ok > /tmp/mode
export STANDIN_NODE="\${STANDIN_NODE:-$(hostname)}"
if [ -n "$STANDIN_HEARTBEAT" ]; then
  while read -r up idle < /proc/uptime; do
    echo "$up $STANDIN_NODE \${STANDIN_HEARTBEAT##*/}" >> "$STANDIN_HEARTBEAT"
    usleep 100000
  done &
fi
sleep "$STANDIN_START_DELAY"
nc -ll -p "$STANDIN_PORT" -e /standin/answer &
echo $! > /tmp/listener
trap 'exit 0' TERM INT
trap 'exit "$(cat /tmp/exit-code)"' USR1
while :; do sleep 3600 & wait $!; done
`

/**
 * Answers one request. GET /misbehave?mode=MODE sets how the later ones are answered: ok, hang (never),
 * 500, slow:MILLISECONDS; or at once: exit:CODE ends the container, die kills the listener alone.
 */
export const STANDIN_ANSWER = `#!/bin/sh
read -r method path rest
while read -r header; do [ "$header" = "$(printf '\\r')" ] && break; [ -z "$header" ] && break; done
reply() { printf 'HTTP/1.1 %s\\r\\nContent-Type: text/plain\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' "$1" "\${#2}" "$2"; }
case $path in
/misbehave\\?mode=*)
  mode=\${path#*mode=}
  reply '200 OK' "$mode"
  case $mode in
  exit:*) echo "\${mode#exit:}" > /tmp/exit-code; kill -USR1 1 ;;
  die) kill -9 "$(cat /tmp/listener)" ;;
  *) echo "$mode" > /tmp/mode ;;
  esac
  exit 0 ;;
esac
mode=$(cat /tmp/mode)
case $mode in
hang) sleep 3600 ;;
500) reply '500 Internal Server Error' 'told to misbehave' ;;
slow:*) usleep "\${mode#slow:}000"; reply '200 OK' "$STANDIN_NODE" ;;
*) reply '200 OK' "$STANDIN_NODE" ;;
esac
`
