;; Waits for its database again and again, before its tenant is served, and does not mind that there
;; is none: it is left out when the time for its start is over, and keeps nobody else waiting.
(module
  (import "evroute:sql/sql@0.1.0" "[static]connection.open" (func $open (param i32 i32 i32)))
  (import "evroute:sql/sql@0.1.0" "[resource-drop]connection" (func $close (param i32)))
  (import "evroute:sql/sql@0.1.0" "[method]connection.execute" (func $execute (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 16)
  (data (i32.const 16) "main")
  (data (i32.const 32) "select 1")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    ;; What is said of an error is written over what was said of the one before.
    (i32.const 65536))
  (func (export "evroute:htable/mod-init@0.1.0#handle") (param i32) (result i32)
    (loop $again
      (call $open (i32.const 16) (i32.const 4) (i32.const 512))
      (if (i32.load8_u (i32.const 512)) (then (unreachable)))
      (call $execute (i32.load (i32.const 516)) (i32.const 32) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 640))
      (call $close (i32.load (i32.const 516)))
      (br $again))
    (unreachable)))
