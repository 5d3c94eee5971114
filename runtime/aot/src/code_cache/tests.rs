use std::os::unix::fs::{PermissionsExt, symlink};

use wasmtime::{Config, Engine};

use super::*;
use crate::{EngineFingerprint, WasmDigest};

/// A component with a module that has this number in it.
fn component(number: u32) -> Vec<u8> {
    let text = format!(
        "(component (core module $m (func (export \"f\") (result i32) i32.const {number}))
           (core instance $i (instantiate $m))
           (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))"
    );
    wat::parse_str(text).unwrap()
}

struct Scene {
    engine: Engine,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            engine: Engine::new(&Config::new()).unwrap(),
            path: folder.path().join("code-cache"),
            _folder: folder,
        }
    }

    /// As a process of its own would open it.
    fn open(&self) -> CodeCache {
        CodeCache::open(&self.path, 64 << 20).unwrap()
    }

    fn key(&self, number: u32) -> CodeKey {
        let fingerprint = EngineFingerprint::of(&self.engine);
        CodeKey::of(&WasmDigest::of(&component(number)), &fingerprint, false)
    }

    fn keep(&self, cache: &CodeCache, number: u32) {
        let code = CompiledCode::compile(&self.engine, &component(number), || None).unwrap();
        cache.keep(&self.key(number), &code);
    }

    fn file(&self, number: u32) -> PathBuf {
        self.path.join(format!("{}.code", self.key(number)))
    }
}

#[test]
fn what_was_kept_is_loaded_by_the_next_process() {
    let scene = Scene::new();
    let first = scene.open();
    assert!(first.load(&scene.key(1)).is_none());
    scene.keep(&first, 1);
    let next = scene.open();
    let code = next.load(&scene.key(1)).unwrap();
    code.load_component(&scene.engine).unwrap();
    assert!(next.load(&scene.key(2)).is_none());
    assert_eq!((next.hits(), next.misses(), next.rejected()), (1, 1, 0));
    let mode = fs::metadata(scene.file(1)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_with_any_bit_flipped_or_byte_missing_is_never_loaded() {
    let scene = Scene::new();
    let cache = scene.open();
    scene.keep(&cache, 1);
    let whole = fs::read(scene.file(1)).unwrap();
    let step = whole.len() / 97 + 1;
    let head = 0..HEAD_BYTES + 32;
    let mut rejected = 0;
    let mut is_rejected = |bytes: &[u8]| {
        fs::write(scene.file(1), bytes).unwrap();
        assert!(cache.load(&scene.key(1)).is_none());
        rejected += 1;
        assert_eq!(cache.rejected(), rejected);
        assert!(!scene.file(1).exists(), "it is removed");
    };
    for at in head.chain((0..whole.len()).step_by(step)) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        is_rejected(&flipped);
    }
    for length in (0..whole.len()).step_by(step) {
        is_rejected(&whole[..length]);
    }
    is_rejected(&[&whole[..], b"x"].concat());
    fs::write(scene.file(1), &whole).unwrap();
    assert!(cache.load(&scene.key(1)).is_some());
}

#[test]
fn a_file_of_another_node_or_name_is_never_loaded() {
    let (scene, other) = (Scene::new(), Scene::new());
    let (cache, foreign) = (scene.open(), other.open());
    scene.keep(&cache, 1);
    other.keep(&foreign, 2);
    fs::copy(other.file(2), scene.file(2)).unwrap();
    assert!(cache.load(&scene.key(2)).is_none());
    fs::copy(scene.file(1), scene.file(3)).unwrap();
    assert!(cache.load(&scene.key(3)).is_none());
    fs::rename(scene.file(1), scene.path.join("elsewhere")).unwrap();
    symlink(scene.path.join("elsewhere"), scene.file(1)).unwrap();
    assert!(
        cache.load(&scene.key(1)).is_none(),
        "a link is not followed"
    );
    assert_eq!(cache.rejected(), 3);
}

#[test]
fn a_new_key_believes_nothing_that_is_there() {
    let scene = Scene::new();
    scene.keep(&scene.open(), 1);
    fs::remove_file(scene.path.with_file_name(KEY_FILE)).unwrap();
    let cache = scene.open();
    assert!(cache.load(&scene.key(1)).is_none());
    assert_eq!(cache.rejected(), 1);
}

#[test]
fn no_more_is_kept_than_the_limit_says() {
    let scene = Scene::new();
    scene.keep(&scene.open(), 1);
    let size = fs::metadata(scene.file(1)).unwrap().len();
    let cache = CodeCache::open(&scene.path, 3 * size + size / 2).unwrap();
    for number in 2..12 {
        scene.keep(&cache, number);
        let kept = fs::read_dir(&scene.path).unwrap();
        let bytes: u64 = kept
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(bytes <= 3 * size + size / 2, "{bytes} of {size} each");
        assert!(
            cache.load(&scene.key(number)).is_some(),
            "the newest is kept"
        );
    }
    let none = CodeCache::open(&scene.path, size / 2).unwrap();
    assert_eq!(fs::read_dir(&scene.path).unwrap().count(), 0);
    scene.keep(&none, 1);
    assert_eq!(fs::read_dir(&scene.path).unwrap().count(), 0);
}

/// What is written again is in the folder once, and pushes nothing else out.
#[test]
fn the_same_code_takes_room_once() {
    let scene = Scene::new();
    scene.keep(&scene.open(), 1);
    let size = fs::metadata(scene.file(1)).unwrap().len();
    let cache = CodeCache::open(&scene.path, 3 * size + size / 2).unwrap();
    for _ in 0..10 {
        scene.keep(&cache, 2);
    }
    assert!(cache.load(&scene.key(1)).is_some());
    assert!(cache.load(&scene.key(2)).is_some());
}

#[test]
fn a_folder_in_which_others_could_put_code_is_not_used() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new/code-cache");
    CodeCache::open(&folder, 1 << 20).unwrap();
    let made = fs::metadata(&folder).unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o700);
    CodeCache::open(&folder, 1 << 20).unwrap();

    let why = |folder: &Path| CodeCache::open(folder, 1 << 20).unwrap_err().to_string();
    let private =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    private(&folder, 0o750);
    assert!(
        why(&folder).contains("open to other users; "),
        "{}",
        why(&folder)
    );
    private(&folder, 0o700);
    private(&parent.path().join("new"), 0o777);
    assert!(why(&folder).contains("by everybody"), "{}", why(&folder));
    private(&parent.path().join("new"), 0o755);
    private(&folder.with_file_name(KEY_FILE), 0o644);
    assert!(why(&folder).contains("node.key: "), "{}", why(&folder));
    let link = parent.path().join("link");
    symlink(&folder, &link).unwrap();
    assert!(why(&link).contains("it is no folder"), "{}", why(&link));
    fs::write(parent.path().join("file"), "").unwrap();
    let below = why(&parent.path().join("file/x"));
    assert!(below.contains("file/x: "), "{below}");
}

#[test]
fn what_the_cache_of_before_has_left_is_removed() {
    let scene = Scene::new();
    scene.open();
    fs::create_dir_all(scene.path.join("modules/wasmtime-48")).unwrap();
    fs::write(scene.path.join("modules/wasmtime-48/x"), "x").unwrap();
    scene.open();
    assert!(!scene.path.join("modules").exists());
}

/// The name of the file is taken by a folder, so that the last step of writing fails as it does on
/// a disk that is full.
#[test]
fn what_the_disk_does_not_take_leaves_nothing_and_is_kept_once_there_is_room() {
    let scene = Scene::new();
    let cache = scene.open();
    scene.keep(&cache, 1);
    let held = || *cache.0.held.lock().unwrap();
    let before = held();
    let blocked = scene.file(2);
    fs::create_dir(&blocked).unwrap();
    for _ in 0..3 {
        scene.keep(&cache, 2);
        assert_eq!(held(), before, "what was not written takes no room");
    }
    let names: Vec<_> = fs::read_dir(&scene.path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(cache.load(&scene.key(1)).is_some());
    fs::remove_dir(&blocked).unwrap();
    scene.keep(&cache, 2);
    assert!(held() > before);
    assert!(cache.load(&scene.key(2)).is_some());
}
