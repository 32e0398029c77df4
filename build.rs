//! Tells cargo to rebuild when a file is added to the embedded course or removed from it;
//! `include_dir!` alone notices only changes inside files it already knows.

fn main() {
    for folder in ["lessons", "exercises", "solutions", "assets/examples", "assets/reference"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
