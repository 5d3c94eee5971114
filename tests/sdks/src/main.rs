//! `evroute-sdks`: writes those files of the SDKs that are functions of the WIT, below the folder
//! where it is run, the repository's root. Exit codes: 0 written, 1 the WIT or a file is in the
//! way.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(".");
    let files = match evroute_sdks::files(root) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("evroute-sdks: {error}");
            return ExitCode::FAILURE;
        }
    };
    for file in files {
        let path = root.join(&file.path);
        // Whatever is made of wit/ would be built anew.
        if std::fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(why) = folder.and_then(|()| std::fs::write(&path, file.text)) {
            eprintln!(
                "evroute-sdks: {}: {why}; run it at the repository's root",
                file.path
            );
            return ExitCode::FAILURE;
        }
        println!("sdks: {}", file.path);
    }
    ExitCode::SUCCESS
}
