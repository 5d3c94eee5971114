;; Asks for the same number again and again; each call is cheap for the guest and moves nothing:
;; QuotaExceeded, host calls.
(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func $message (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[method]message.cseq" (func $cseq (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (local $message i32)
    (local.set $message (call $message (local.get $event)))
    (loop $for_ever
      (drop (call $cseq (local.get $message)))
      (br $for_ever))
    (unreachable)))
