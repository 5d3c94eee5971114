;; $xavp: for each name a chain of entries, the newest first. An entry is its next one, its value,
;; and where its fields begin, -1 where it has a value of its own; a field is its next one, its
;; value, and its name.

(func $xavp_entry (param $head i32) (param $index i64) (result i32)
  (if (i64.lt_s (local.get $index) (i64.const 0))
    (then (local.set $index (i64.add (local.get $index) (call $links (local.get $head))))))
  (block $out
    (loop $next
      (br_if $out (i32.eqz (local.get $head)))
      (if (i64.eqz (local.get $index)) (then (return (local.get $head))))
      (local.set $head (i32.load (local.get $head)))
      (local.set $index (i64.sub (local.get $index) (i64.const 1)))
      (br $next)))
  (i32.const 0))

;; How long a chain is: an index below 0 counts from its end.
(func $links (param $head i32) (result i64)
  (local $count i64)
  (block $out
    (loop $next
      (br_if $out (i32.eqz (local.get $head)))
      (local.set $count (i64.add (local.get $count) (i64.const 1)))
      (local.set $head (i32.load (local.get $head)))
      (br $next)))
  (local.get $count))

(func $xavp_field (param $entry i32) (param $name i32) (param $length i32) (param $index i64) (result i32)
  (local $field i32)
  (if (i32.eqz (local.get $entry)) (then (return (i32.const 0))))
  (local.set $field (i32.load offset=8 (local.get $entry)))
  (if (i32.eq (local.get $field) (i32.const -1)) (then (return (i32.const 0))))
  (block $out
    (loop $next
      (br_if $out (i32.eqz (local.get $field)))
      (if
        (call $same (i32.load offset=8 (local.get $field)) (i32.load offset=12 (local.get $field))
          (local.get $name) (local.get $length))
        (then
          (if (i64.eqz (local.get $index)) (then (return (local.get $field))))
          (local.set $index (i64.sub (local.get $index) (i64.const 1)))))
      (local.set $field (i32.load (local.get $field)))
      (br $next)))
  (i32.const 0))

;; $xavp(name[index]): what has fields is no value, and not null either.
(func $xavp_get (param $head i32) (param $index i64) (result i32)
  (local $entry i32) (local $text i32) (local $length i32)
  (local.set $entry (call $xavp_entry (local.get $head) (local.get $index)))
  (if (i32.eqz (local.get $entry)) (then (return (i32.const 0))))
  (if (i32.eq (i32.load offset=8 (local.get $entry)) (i32.const -1))
    (then (return (i32.load offset=4 (local.get $entry)))))
  (call $text.xavp)
  (local.set $length)
  (local.set $text)
  (call $text_cell (local.get $text) (local.get $length) (i32.const 2)))

;; $xavp(name[index]=>field[index])
(func $xavp_get_field (param $head i32) (param $index i64) (param $name i32) (param $length i32) (param $number i64)
  (result i32)
  (local $field i32)
  (local.set $field
    (call $xavp_field (call $xavp_entry (local.get $head) (local.get $index))
      (local.get $name) (local.get $length) (local.get $number)))
  (if (i32.eqz (local.get $field)) (then (return (i32.const 0))))
  (i32.load offset=4 (local.get $field)))

(func $xavp_push (param $head i32) (param $cell i32) (param $fields i32) (result i32)
  (local $entry i32)
  (local.set $entry (call $alloc (i32.const 16)))
  (i32.store (local.get $entry) (local.get $head))
  (i32.store offset=4 (local.get $entry) (local.get $cell))
  (i32.store offset=8 (local.get $entry) (local.get $fields))
  (local.get $entry))

(func $xavp_push_field (param $head i32) (param $cell i32) (param $name i32) (param $length i32) (result i32)
  (local $field i32)
  (local.set $field (call $alloc (i32.const 16)))
  (i32.store (local.get $field) (local.get $head))
  (i32.store offset=4 (local.get $field) (local.get $cell))
  (i32.store offset=8 (local.get $field) (local.get $name))
  (i32.store offset=12 (local.get $field) (local.get $length))
  (local.get $field))

;; The chain without a link of it.
(func $xavp_without (param $head i32) (param $link i32) (result i32)
  (local $at i32)
  (if (i32.eqz (local.get $link)) (then (return (local.get $head))))
  (if (i32.eq (local.get $head) (local.get $link)) (then (return (i32.load (local.get $head)))))
  (local.set $at (local.get $head))
  (block $out
    (loop $next
      (br_if $out (i32.eqz (local.get $at)))
      (if (i32.eq (i32.load (local.get $at)) (local.get $link))
        (then
          (i32.store (local.get $at) (i32.load (local.get $link)))
          (br $out)))
      (local.set $at (i32.load (local.get $at)))
      (br $next)))
  (local.get $head))

;; $xavp(name) = value, and with an index, which is -1 where there is none: what the chain becomes.
(func $xavp_set (param $head i32) (param $index i64) (param $cell i32) (result i32)
  (local $entry i32)
  (if (i64.lt_s (local.get $index) (i64.const 0))
    (then
      (if (i32.load8_u (local.get $cell))
        (then (return (call $xavp_push (local.get $head) (local.get $cell) (i32.const -1)))))
      (local.set $index (i64.const 0))))
  (local.set $entry (call $xavp_entry (local.get $head) (local.get $index)))
  (if (i32.eqz (i32.load8_u (local.get $cell)))
    (then (return (call $xavp_without (local.get $head) (local.get $entry)))))
  (if (local.get $entry)
    (then
      (i32.store offset=4 (local.get $entry) (local.get $cell))
      (i32.store offset=8 (local.get $entry) (i32.const -1))))
  (local.get $head))

;; $xavp(name=>field) = value: without an index of the name it is an entry of its own, as in
;; Kamailio 5.6.
(func $xavp_set_field (param $head i32) (param $index i64) (param $name i32) (param $length i32) (param $number i64)
  (param $cell i32) (result i32)
  (local $entry i32) (local $field i32)
  (if (i32.and (i64.lt_s (local.get $index) (i64.const 0)) (i32.ne (i32.load8_u (local.get $cell)) (i32.const 0)))
    (then
      (return
        (call $xavp_push (local.get $head) (i32.const 0)
          (call $xavp_push_field (i32.const 0) (local.get $cell) (local.get $name) (local.get $length))))))
  (if (i64.lt_s (local.get $index) (i64.const 0)) (then (local.set $index (i64.const 0))))
  (local.set $entry (call $xavp_entry (local.get $head) (local.get $index)))
  (if (i32.eqz (local.get $entry)) (then (return (local.get $head))))
  (if (i32.eq (i32.load offset=8 (local.get $entry)) (i32.const -1)) (then (return (local.get $head))))
  (local.set $field
    (call $xavp_field (local.get $entry) (local.get $name) (local.get $length)
      (select (local.get $number) (i64.const 0) (i64.ge_s (local.get $number) (i64.const 0)))))
  (if (i32.eqz (i32.load8_u (local.get $cell)))
    (then
      (i32.store offset=8 (local.get $entry)
        (call $xavp_without (i32.load offset=8 (local.get $entry)) (local.get $field)))
      (return (local.get $head))))
  (if (i32.and (local.get $field) (i32.sub (i32.const 0) (i64.ge_s (local.get $number) (i64.const 0))))
    (then
      (i32.store offset=4 (local.get $field) (local.get $cell))
      (return (local.get $head))))
  (i32.store offset=8 (local.get $entry)
    (call $xavp_push_field (i32.load offset=8 (local.get $entry)) (local.get $cell)
      (local.get $name) (local.get $length)))
  (local.get $head))

;; The rows of the last result in front of a chain, the first row first; null is no field.
(func $xavp_rows (param $head i32) (result i32)
  (local $result i32) (local $row i64) (local $column i64) (local $fields i32) (local $cell i32) (local $name i32)
  (local.set $result (global.get $sql_result))
  (if (i32.eqz (local.get $result)) (then (return (local.get $head))))
  (local.set $row (i64.load32_u offset=4 (local.get $result)))
  (block $done
    (loop $rows
      (br_if $done (i64.eqz (local.get $row)))
      (local.set $row (i64.sub (local.get $row) (i64.const 1)))
      (local.set $fields (i32.const 0))
      (local.set $column (i64.load32_u offset=12 (local.get $result)))
      (block $whole
        (loop $columns
          (br_if $whole (i64.eqz (local.get $column)))
          (local.set $column (i64.sub (local.get $column) (i64.const 1)))
          (local.set $cell (call $dbr_at (local.get $result) (local.get $row) (local.get $column)))
          (if (i32.load8_u (local.get $cell))
            (then
              (local.set $name
                (i32.add (i32.load offset=8 (local.get $result)) (i32.shl (i32.wrap_i64 (local.get $column)) (i32.const 3))))
              (local.set $fields
                (call $xavp_push_field (local.get $fields) (local.get $cell)
                  (i32.load (local.get $name)) (i32.load offset=4 (local.get $name))))))
          (br $columns)))
      (local.set $head (call $xavp_push (local.get $head) (i32.const 0) (local.get $fields)))
      (br $rows)))
  (local.get $head))
