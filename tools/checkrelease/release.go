package main

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// name is what the registry asks all files of a release to begin with.
const name = "terraform-provider-rebilly"

// platforms are those that a release is built for: all that Terraform itself is
// released for and Go still builds for, but for Solaris and OpenBSD.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// release is the files of a release.
type release struct {
	files   fs.FS
	version string
}

var sumsFile = regexp.MustCompile(`^` + name + `_(.+)_SHA256SUMS$`)

// open returns the release in a folder, whose version its checksums name.
func open(folder string) (release, error) {
	found := release{files: os.DirFS(folder)}
	entries, err := fs.ReadDir(found.files, ".")
	if err != nil {
		return release{}, err
	}
	for _, entry := range entries {
		if match := sumsFile.FindStringSubmatch(entry.Name()); match != nil {
			if found.version != "" {
				return release{}, fmt.Errorf("%s has releases of two versions, %s and %s", folder, found.version, match[1])
			}
			found.version = match[1]
		}
	}
	if found.version == "" {
		return release{}, fmt.Errorf("%s has no file %s_VERSION_SHA256SUMS", folder, name)
	}

	return found, nil
}

// file returns the name of a file of the release by its ending.
func (r release) file(ending string) string {
	return name + "_" + r.version + "_" + ending
}

// published returns the names of the files of the release that the checksums
// have to cover.
func (r release) published() ([]string, error) {
	all, err := fs.Glob(r.files, name+"_*")
	if err != nil {
		return nil, err
	}

	return slices.DeleteFunc(all, func(file string) bool {
		information, err := fs.Stat(r.files, file)

		return err != nil || information.IsDir() || strings.Contains(file, "_SHA256SUMS")
	}), nil
}

// read returns a file of the release.
func (r release) read(file string) ([]byte, error) { return fs.ReadFile(r.files, file) }

// unpack writes the files of a platform's zip to a folder, and returns their
// names and modes.
func (r release) unpack(platform, folder string) (map[string]fs.FileMode, error) {
	file, err := r.files.Open(r.file(platform + ".zip"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	information, err := file.Stat()
	if err != nil {
		return nil, err
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%s cannot be read", information.Name())
	}
	archive, err := zip.NewReader(at, information.Size())
	if err != nil {
		return nil, err
	}
	modes := map[string]fs.FileMode{}
	for _, member := range archive.File {
		if !filepath.IsLocal(member.Name) {
			return nil, fmt.Errorf("%s leads out of its folder", member.Name)
		}
		text, err := fs.ReadFile(archive, member.Name)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, member.Name), text, 0o600); err != nil {
			return nil, err
		}
		modes[member.Name] = member.Mode()
	}

	return modes, nil
}
