;; Takes memory without end, a page at a time, and uses each: MemoryExceeded.
(module
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (local $page i32)
    (loop $for_ever
      (local.set $page (memory.grow (i32.const 1)))
      (if (i32.eq (local.get $page) (i32.const -1)) (then (unreachable)))
      (i32.store (i32.shl (local.get $page) (i32.const 16)) (i32.const 1))
      (br $for_ever))
    (unreachable)))
