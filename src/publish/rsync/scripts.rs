//! What a server's shell does for a folder of releases, as scripts; never a deletion of what is not ours or through a link.
//!
//! Each prints `MARK` before its answer, for a shell may greet. Lists of names are lines that begin with `./`; no name of
//! a site has a line break in it, and what `find` prints of others' is compared as a whole.

/// What stands before an answer.
pub(super) const MARK: &str = "guidepost>";

/// Folder → what `current` there is: `nowhere`, `shut`, `empty`, `folder`, or `link` with the link's text and the state.
pub(super) const READ: &str = r#"
printf 'guidepost>'
[ -d "$1" ] || { echo nowhere; exit 0; }
cd "$1" 2>/dev/null && [ -w . ] || { echo shut; exit 0; }
if [ -L current ]; then
  printf 'link\n%s\n' "$(readlink current)"
  if [ -f current/.guidepost-release.json ]; then echo state; cat current/.guidepost-release.json; fi
elif [ -e current ]; then echo folder
else echo empty; fi
"#;

/// Folder → the names in `current`: files, then what is neither file nor folder, each part with `/` behind it.
pub(super) const LIST: &str = r#"
printf 'guidepost>'
cd "$1/current/." 2>/dev/null || { printf '/\0/\0'; exit 0; }
find . -type f -print0 && printf '/\0' && find . ! -type f ! -type d -print0 && printf '/\0'
"#;

/// Folder, the release to start from or nothing, the end of the new one's name; the names that may be ours in it on stdin
/// → the new one's name and its list of names. Files are hard links where the server allows, else copies.
pub(super) const PREPARE: &str = r#"
LC_ALL=C; export LC_ALL
cd "$1" && mkdir -p releases || exit 1
n=0
for d in releases/[0-9][0-9][0-9][0-9][0-9][0-9]-*; do
  [ -d "$d" ] && { b=${d#releases/}; n=${b%%-*}; }
done
id=$(printf %06d "$(expr "$n" + 1)")-$3
(cd current/. 2>/dev/null && find . ! -type d -exec ls -di {} + | sort) > "releases/$id.seen"
cat > "releases/$id.names" && mkdir "releases/$id.part" || exit 1
if [ -n "$2" ] && [ -d "$2/." ]; then
  cp -al -- "$2/." "releases/$id.part/" 2>/dev/null || {
    cp -pPRn -- "$2/." "releases/$id.part/"
    old=$(cd "$2/." && find . | sort | cksum)
    new=$(cd "releases/$id.part" && find . | sort | cksum)
    [ "$old" = "$new" ] || exit 1
  }
fi
cd "releases/$id.part" || exit 1
printf 'guidepost>%s\0' "$id"
find . -type f -print0 && printf '/\0' && find . ! -type f ! -type d -print0 && printf '/\0'
"#;

/// Folder, name of the new release; on stdin what is to be done in it: `-` and a file that goes, `/` and a folder that goes
/// if it is empty, `+` and a file of the present release that comes.
pub(super) const EDIT: &str = r#"
printf 'guidepost>'
cd "$1" || exit 1
from=$(cd current/. 2>/dev/null && pwd -P)
cd "releases/$2.part" || exit 1
while IFS= read -r line; do
  n=./${line#?}
  case $line in
    -*) rm -f "$n" || exit 1 ;;
    /*) rmdir "$n" 2>/dev/null ;;
    +*) mkdir -p "${n%/*}" || exit 1
        cp -al "$from/$n" "$n" 2>/dev/null || cp -pPR "$from/$n" "$n" || exit 1 ;;
  esac
done
echo done
"#;

/// Folder, name of the new release, what `current` must be, how many releases stay, how long the state is; the state on
/// stdin → `done`, `other` if `current` is something else, or others' files in it are, `cut` if the state is not whole, or `locked`. Deletes old
/// releases: what their lists of names hold, what is the same in the present one, and the folders that are empty then.
pub(super) const SWITCH: &str = r#"
LC_ALL=C; export LC_ALL
printf 'guidepost>'
cd "$1" || exit 1
part=releases/$2.part lock=releases/.switching
cat > "releases/$2.state" || exit 1
[ "$(wc -c < "releases/$2.state")" -eq "$5" ] || { rm -f "releases/$2.state"; echo cut; exit 0; }
mkdir "$lock" 2>/dev/null || {
  [ -n "$(find "$lock" -prune -mmin +2 2>/dev/null)" ] && rmdir "$lock" 2>/dev/null
  rm -f "releases/$2.state"; echo locked; exit 0
}
trap 'rmdir "$lock"' EXIT
trap 'exit 1' HUP INT TERM PIPE
now=
[ -L current ] && now=$(readlink current)
[ "$now" = "$3" ] || { rm -f "releases/$2.state"; echo other; exit 0; }
(cd current/. 2>/dev/null && find . ! -type d -exec ls -di {} + | sort) | cmp -s - "releases/$2.seen" || {
  rm -f "releases/$2.state"; echo other; exit 0
}
rm -f "releases/$2.seen"
chmod 644 "releases/$2.state"
mv -f "releases/$2.state" "$part/.guidepost-release.json" && mv "$part" "releases/$2" || exit 1
rm -f releases/.current
ln -s "releases/$2" releases/.current || exit 1
mv -T releases/.current current 2>/dev/null || mv -fh releases/.current current || exit 1
echo done
here=$(pwd -P)
gone() {
  (
    cd "releases/$1" 2>/dev/null || exit 0
    find . -type f | sort | comm -12 - "../$2.names" | tr '\n' '\0' | xargs -0 rm -f
    find . -type f -exec sh -c 'for f do { [ "$f" -ef "$0/$f" ] || cmp -s "$f" "$0/$f"; } && rm -f "$f"; done' "$here/current" {} +
    find . -type l -exec sh -c 'for f do [ "$(readlink "$f")" = "$(readlink "$0/$f")" ] && rm -f "$f"; done' "$here/current" {} +
    cd .. && find "./$1" -depth -type d -exec rmdir {} \;
  ) 2>/dev/null
  [ -d "releases/$1" ] || rm -f "releases/$2.names" "releases/$2.state" "releases/$2.seen"
}
for d in releases/[0-9][0-9][0-9][0-9][0-9][0-9]-*.part; do
  b=${d#releases/}
  [ -d "$d" ] && gone "$b" "${b%.part}"
done
ids=
for f in releases/[0-9][0-9][0-9][0-9][0-9][0-9]-*.names; do
  b=${f#releases/}; b=${b%.names}
  [ -d "releases/$b" ] && ids="$b $ids"
done
count=0
for b in $ids; do
  count=$((count + 1))
  [ "$count" -gt "$4" ] && [ "$b" != "$2" ] && gone "$b" "$b"
done
exit 0
"#;

/// Folder, name of a release that came to nothing → it is gone.
pub(super) const DROP: &str = r#"
LC_ALL=C; export LC_ALL
printf 'guidepost>'
cd "$1" || exit 1
here=$(pwd -P)
if cd "releases/$2.part" 2>/dev/null; then
  find . -type f | sort | comm -12 - "../$2.names" | tr '\n' '\0' | xargs -0 rm -f
  find . -type f -exec sh -c 'for f do { [ "$f" -ef "$0/$f" ] || cmp -s "$f" "$0/$f"; } && rm -f "$f"; done' "$here/current" {} +
  find . -type l -exec sh -c 'for f do [ "$(readlink "$f")" = "$(readlink "$0/$f")" ] && rm -f "$f"; done' "$here/current" {} +
  cd .. && find "./$2.part" -depth -type d -exec rmdir {} \; 2>/dev/null
  cd ..
fi
[ -d "releases/$2.part" ] || rm -f "releases/$2.names" "releases/$2.state" "releases/$2.seen"
echo done
"#;

/// Folder, what `current` must be → the name of the release before it, and its state; `none` if there is none.
pub(super) const EARLIER: &str = r#"
printf 'guidepost>'
cd "$1" || exit 1
found=
for f in releases/[0-9][0-9][0-9][0-9][0-9][0-9]-*.names; do
  d=${f%.names}
  [ "$d" = "$2" ] && break
  [ -f "$d/.guidepost-release.json" ] && found=$d
done
[ -n "$found" ] || { echo none; exit 0; }
printf '%s\n' "$found"
cat "$found/.guidepost-release.json"
"#;
