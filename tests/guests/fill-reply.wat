;; Adds header fields to the answer until there is no room, and rejects. If the refusal is another
;; one than that: passes.
(module
  (import "evroute:textops/reply@0.1.0" "append-header" (func $append (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "X-Fill")
  (data (i32.const 32) "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:core/request@0.1.1#handle") (param $event i32) (result i32)
    (loop $fill
      (call $append (i32.const 16) (i32.const 6) (i32.const 32) (i32.const 64) (i32.const 128))
      (br_if $fill (i32.eqz (i32.load8_u (i32.const 128)))))
    ;; ok(pass) is a zero of each; err(too-large)? ok(reject({code: 403, reason: none})).
    (if (i32.eq (i32.load8_u (i32.const 132)) (i32.const 2))
      (then
        (i32.store8 (i32.const 260) (i32.const 1))
        (i32.store16 (i32.const 264) (i32.const 403))))
    (i32.const 256)))
