;; Loops for ever: OutOfFuel. With more fuel than it can burn in its wall time: DeadlineExceeded.
(module
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (loop $for_ever (br $for_ever))
    (unreachable)))
