;; Tries to smuggle a second header field through the value of a first. The edit must be refused:
;; then it returns send, and the message is as it was before. If it was accepted: GuestError.
(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func $message (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[method]message.set-header" (func $set_header (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "X-Left-Behind")
  (data (i32.const 32) "evil\0d\0aRoute: <sip:evil>")
  (data (i32.const 64) "smuggled")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (call $set_header (call $message (local.get $event))
      (i32.const 16) (i32.const 13) (i32.const 32) (i32.const 24) (i32.const 128))
    ;; err(edit-error)? ok(send), which is a zero of each.
    (if (i32.load8_u (i32.const 128)) (then (return (i32.const 512))))
    (i32.store8 (i32.const 256) (i32.const 1))
    (i32.store (i32.const 260) (i32.const 64))
    (i32.store (i32.const 264) (i32.const 8))
    (i32.const 256)))
