;; Gives up half-way through an edit: GuestError with its sentence, and the message is as it was
;; before.
(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func $message (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[method]message.set-header" (func $set_header (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "X-Left-Behind")
  (data (i32.const 32) "evil")
  (data (i32.const 48) "I give up half-way")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    ;; message.set-header("X-Left-Behind", "evil"); its result is written at 128.
    (call $set_header (call $message (local.get $event))
      (i32.const 16) (i32.const 13) (i32.const 32) (i32.const 4) (i32.const 128))
    ;; err("I give up half-way") at 256.
    (i32.store8 (i32.const 256) (i32.const 1))
    (i32.store (i32.const 260) (i32.const 48))
    (i32.store (i32.const 264) (i32.const 18))
    (i32.const 256)))
