//! Components made of components, as the toolchains of interpreted languages make them.

use evroute_sandbox::ComponentRefusal;

use crate::scene::why;

#[test]
fn a_component_whose_parts_hand_text_to_each_other_is_compiled() {
    let nested = wat::parse_str(include_str!("nested.wat")).unwrap();
    let refusal = why(&nested);
    // It is no handler, but nothing else is wrong with it.
    assert!(
        matches!(refusal, ComponentRefusal::NoEvents { .. }),
        "{refusal}"
    );
}
