//! The table of operations, and what a request meets before an operation is performed.

use super::*;

#[test]
fn operations_are_in_order_and_in_the_model() {
    assert!(OPERATIONS.is_sorted_by(|(a, _), (b, _)| a < b), "they are searched by name");
    for (name, _) in OPERATIONS {
        let line = format!("\n{name} = {{ ");
        assert!(include_str!("model.txt").contains(&line), "{name} is not in model.txt");
    }
}

#[test]
fn an_image_id_is_written_as_ecr_writes_it() {
    let id = ImageId { image_tag: Some("v1".into()), image_digest: None };
    assert_eq!(id.shown(), "{imageDigest:'null', imageTag:'v1'}");
}
