;; Uses a handle that it was never given: Trap.
(module
  (import "evroute:sip/types@0.1.0" "[method]message.cseq" (func $cseq (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (drop (call $cseq (i32.const 4711)))
    (i32.const 16)))
