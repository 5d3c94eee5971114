;; Calls itself without end: Trap, the stack is used up before the fuel is.
(module
  (memory (export "memory") 1)
  (func $deeper (param i64 i64 i64 i64) (result i64)
    ;; Not a tail call, and the parameters stay alive: every level costs stack.
    (i64.add
      (call $deeper
        (i64.add (local.get 0) (i64.const 1)) (local.get 0) (local.get 1) (local.get 2))
      (i64.xor (local.get 2) (local.get 3))))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (i32.wrap_i64 (call $deeper (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)))))
