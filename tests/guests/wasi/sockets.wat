;; World `wasi`. Asks for sockets and for an address, and is denied each of them: Returned, `send`.
;; Anything else is a trap.
(module
  (import "wasi:sockets/instance-network@0.2.12" "instance-network" (func $network (result i32)))
  (import "wasi:sockets/tcp-create-socket@0.2.12" "create-tcp-socket" (func $tcp (param i32 i32)))
  (import "wasi:sockets/udp-create-socket@0.2.12" "create-udp-socket" (func $udp (param i32 i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 4096) "localhost")
  ;; The second case of the result, and of the codes.
  (func $is-denied
    (if (i32.ne (i32.load8_u (i32.const 64)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 68)) (i32.const 1)) (then (unreachable)))
    (i64.store (i32.const 64) (i64.const 0)))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (call $tcp (i32.const 0) (i32.const 64))
    (call $is-denied)
    (call $udp (i32.const 1) (i32.const 64))
    (call $is-denied)
    (call $resolve (call $network) (i32.const 4096) (i32.const 9) (i32.const 64))
    (call $is-denied)
    (i32.const 16)))
