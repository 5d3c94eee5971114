;; Loops for ever on every request of a call: OutOfFuel, and the call goes on or is refused as the
;; fail policy says.
(module
  (memory (export "memory") 1)
  (func (export "evroute:core/request@0.1.1#handle") (param i32) (result i32)
    (loop $for_ever (br $for_ever))
    (unreachable)))
