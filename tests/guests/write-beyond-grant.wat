;; Writes into the table `blocked`, which it was granted for reading only, by a call and by a
;; variable: refused both times, as not-granted and as read-only. GuestError where the server says
;; something else.
(module
  (import "evroute:htable/htable@0.1.0" "[static]table.open" (func $open (param i32 i32 i32)))
  (import "evroute:htable/htable@0.1.0" "[method]table.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "evroute:pv/pv@0.1.0" "set" (func $set_variable (param i32 i32 i32 i64 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "blocked")
  (data (i32.const 32) "$sht(blocked=>x)")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; open("blocked"), its result at 64: the table at 68
    (call $open (i32.const 16) (i32.const 7) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (unreachable)))
    ;; set("b", int(1), none), its result at 96: err(not-granted) is 1 there and 0 at 100
    (call $set (i32.load (i32.const 68)) (i32.const 16) (i32.const 1)
      (i32.const 1) (i64.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96))
    ;; the same by a variable, at 128: err(read-only) is 1 there and 2 at 132
    (call $set_variable (i32.const 32) (i32.const 16)
      (i32.const 1) (i64.const 1) (i32.const 0) (i32.const 128))
    ;; result<verdict, string> at 160
    (i32.store8 (i32.const 160)
      (i32.eqz (i32.and
        (i32.and (i32.eq (i32.load8_u (i32.const 96)) (i32.const 1))
                 (i32.eqz (i32.load8_u (i32.const 100))))
        (i32.and (i32.eq (i32.load8_u (i32.const 128)) (i32.const 1))
                 (i32.eq (i32.load8_u (i32.const 132)) (i32.const 2))))))
    (i32.const 160)))
