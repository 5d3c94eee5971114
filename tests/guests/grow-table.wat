;; Grows a table without end: MemoryExceeded.
(module
  (memory (export "memory") 1)
  (table $table 1 funcref)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (loop $for_ever
      (if (i32.eq (table.grow $table (ref.null func) (i32.const 64)) (i32.const -1)) (then (unreachable)))
      (br $for_ever))
    (unreachable)))
