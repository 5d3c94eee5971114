;; Memory for one run: handed out upwards and never taken back, since the instance is thrown away
;; with the run. Fresh memory is zero, which several functions rely on. What changes in every run
;; stands in words of the memory (src/constants.rs) rather than in globals: the server puts memory
;; back as a whole between two runs, and globals one by one.

(global $next (mut i32) (global.get $link.heap-base))

(func $alloc (param $size i32) (result i32)
  (local $start i32) (local $stop i32)
  (local.set $start (global.get $next))
  (local.set $stop
    (i32.and (i32.add (i32.add (local.get $start) (local.get $size)) (i32.const 7)) (i32.const -8)))
  (if (i32.lt_u (local.get $stop) (local.get $start)) (then (unreachable)))
  (if (i32.gt_u (local.get $stop) (i32.add (i32.load (global.get $link.grown)) (global.get $link.heap-end)))
    (then (call $grow (local.get $stop))))
  (global.set $next (local.get $stop))
  (local.get $start))

;; Makes memory reach to an address. A memory that is smaller than a page is counted in bytes; it
;; reaches to $link.heap-base at least, so a size below that is one in pages.
(func $grow (param $stop i32)
  (local $page i32) (local $have i32) (local $step i32) (local $pages i32)
  (local.set $have (memory.size))
  (local.set $page (select (i32.const 1) (i32.const 65536) (i32.ge_u (local.get $have) (global.get $link.heap-base))))
  (local.set $have (i32.mul (local.get $have) (local.get $page)))
  (if (i32.gt_u (local.get $stop) (local.get $have))
    (then
      (local.set $step (select (i32.const 4096) (i32.const 65536) (i32.eq (local.get $page) (i32.const 1))))
      (local.set $pages
        (i32.div_u
          (i32.mul
            (i32.div_u
              (i32.add (i32.sub (local.get $stop) (local.get $have)) (i32.sub (local.get $step) (i32.const 1)))
              (local.get $step))
            (local.get $step))
          (local.get $page)))
      (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))
      (local.set $have (i32.add (local.get $have) (i32.mul (local.get $pages) (local.get $page))))))
  (i32.store (global.get $link.grown) (i32.sub (local.get $have) (global.get $link.heap-end))))

;; What the server calls to hand text over. It never asks for more room for what it has been given.
;; The same as $alloc, written out: each text that is handed over would pay for a call.
(func $cabi_realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
  (local $start i32) (local $stop i32)
  (local.set $start (global.get $next))
  (local.set $stop
    (i32.and (i32.add (i32.add (local.get $start) (local.get $size)) (i32.const 7)) (i32.const -8)))
  (if (i32.lt_u (local.get $stop) (local.get $start)) (then (unreachable)))
  (if (i32.gt_u (local.get $stop) (i32.add (i32.load (global.get $link.grown)) (global.get $link.heap-end)))
    (then (call $grow (local.get $stop))))
  (global.set $next (local.get $stop))
  (local.get $start))
