;; Sees every event and lets everything pass: the memory at 1024 stays zero, and zero is `ok` with the first case of the
;; verdict, which is the harmless one in every event's interface. That it ran is to be seen in the server's metrics.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func $pass (param i32) (result i32) (i32.const 1024))
  (export "evroute:htable/mod-init@0.1.0#handle" (func $pass))
  (export "evroute:core/pre-routing@0.1.0#handle" (func $pass))
  (export "evroute:core/request@0.1.0#handle" (func $pass))
  (export "evroute:core/reply@0.1.0#handle" (func $pass))
  (export "evroute:core/receive-parse-error@0.1.0#handle" (func $pass))
  (export "evroute:tm/local-request@0.1.0#handle" (func $pass))
  (export "evroute:tm/local-response@0.1.0#handle" (func $pass))
  (export "evroute:htable/expired@0.1.0#handle" (func $pass))
  (export "evroute:usrloc/contact-expired@0.1.0#handle" (func $pass))
  (export "evroute:timer/timer@0.1.0#handle" (func $pass))
  (export "evroute:custom/event@0.1.0#handle" (func $pass)))
