package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

const version = "1.2.3"

func write(t *testing.T, folder, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// pack writes the zip of a platform with the given members.
func pack(t *testing.T, r release, folder, platform string, members map[string]fs.FileMode) {
	t.Helper()
	file, err := os.Create(filepath.Join(folder, r.file(platform+".zip")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	archive := zip.NewWriter(file)
	for member, mode := range members {
		header := &zip.FileHeader{Name: member}
		header.SetMode(mode)
		if _, err := archive.CreateHeader(header); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// sum writes the checksums of all files.
func sum(t *testing.T, r release, folder string) {
	t.Helper()
	files, err := r.published()
	if err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	for _, file := range files {
		content, err := r.read(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), file)
	}
	write(t, folder, r.file("SHA256SUMS"), sums.String())
}

// fit returns a release that keeps all rules but those of its programs, which
// it has none of.
func fit(t *testing.T) (release, string) {
	t.Helper()
	folder := t.TempDir()
	r := release{files: os.DirFS(folder), version: version}
	for _, platform := range platforms {
		pack(t, r, folder, platform, map[string]fs.FileMode{"LICENSE": 0o644, r.program(platform): 0o755})
	}
	write(t, folder, r.file("manifest.json"), `{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`)
	write(t, folder, r.file("SHA256SUMS.sig"), "\x89\x01")
	sum(t, r, folder)

	return r, folder
}

// spoil breaks a rule in a release in a folder.
type spoil func(t *testing.T, r *release, folder string)

// writing puts a text into the file with the given ending.
func writing(ending, text string) spoil {
	return func(t *testing.T, r *release, folder string) {
		t.Helper()
		write(t, folder, r.file(ending), text)
	}
}

// packing puts members into a platform's zip.
func packing(platform string, members map[string]fs.FileMode) spoil {
	return func(t *testing.T, r *release, folder string) {
		t.Helper()
		pack(t, *r, folder, platform, members)
	}
}

// removing takes the file with the given ending away.
func removing(ending string) spoil {
	return func(t *testing.T, r *release, folder string) {
		t.Helper()
		if err := os.Remove(filepath.Join(folder, r.file(ending))); err != nil {
			t.Fatal(err)
		}
	}
}

// calling gives the release another version.
func calling(version string) spoil {
	return func(t *testing.T, r *release, _ string) {
		t.Helper()
		r.version = version
	}
}

func TestARuleHoldsUntilItIsBroken(t *testing.T) {
	t.Parallel()
	const linux, windows = "terraform-provider-rebilly_v1.2.3", "terraform-provider-rebilly_v1.2.3.exe"
	for what, broken := range map[string]struct {
		check func(release) error
		spoil spoil
		why   string
	}{
		"version":               {checkVersion, calling("v1.2"), "v1.2"},
		"platform missing":      {checkPlatforms, removing("linux_arm64.zip"), "linux_arm64.zip is missing"},
		"platform in excess":    {checkPlatforms, writing("plan9_amd64.zip", ""), "plan9_amd64.zip is in excess"},
		"file without a sum":    {checkSums, writing("linux_amd64.cdx.json", ""), "linux_amd64.cdx.json is missing"},
		"another sum":           {checkSums, writing("linux_amd64.zip", "other"), "linux_amd64.zip has another sum"},
		"armored signature":     {checkSignature, writing("SHA256SUMS.sig", "-----BEGIN PGP SIGNATURE-----"), "BEGIN PGP"},
		"empty signature":       {checkSignature, writing("SHA256SUMS.sig", ""), `""`},
		"protocol":              {checkManifest, writing("manifest.json", `{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}`), "5.0"},
		"member in excess":      {checkMembers, packing("windows_386", map[string]fs.FileMode{"LICENSE": 0o644, windows: 0o755, "README.md": 0o644}), "windows_386: README.md is in excess"},
		"another program":       {checkMembers, packing("windows_386", map[string]fs.FileMode{"LICENSE": 0o644, linux: 0o755}), windows + " is missing"},
		"program not to be run": {checkMembers, packing("linux_386", map[string]fs.FileMode{"LICENSE": 0o644, linux: 0o644}), "cannot be executed"},
		"member that leads out": {checkMembers, packing("linux_386", map[string]fs.FileMode{"../LICENSE": 0o644}), "leads out of its folder"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r, folder := fit(t)
			if err := broken.check(r); err != nil {
				t.Errorf("it does not hold: %v", err)
			}
			broken.spoil(t, &r, folder)
			if err := broken.check(r); err == nil || !strings.Contains(err.Error(), broken.why) {
				t.Errorf("it is broken, and the error is %v", err)
			}
		})
	}
}

func TestAProgramThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	r, _ := fit(t)
	for _, check := range []func(release) error{checkPrograms, checkBills} {
		if check(r) == nil {
			t.Error("a zip with an empty program passed")
		}
	}
}

func built(changed, value string) *debug.BuildInfo {
	information := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "github.com/rebilly/terraform-provider-rebilly"},
		Deps:      []*debug.Module{{Path: "example.com/module", Version: "v1.0.0"}},
	}
	settings := map[string]string{"GOOS": "linux", "GOARCH": "arm", "CGO_ENABLED": "0", "-trimpath": "true", "vcs.modified": "false"}
	maps.Copy(settings, map[string]string{changed: value})
	for key, value := range settings {
		if value != "" {
			information.Settings = append(information.Settings, debug.BuildSetting{Key: key, Value: value})
		}
	}

	return information
}

func TestAProgramIsBuiltForItsPlatformOnly(t *testing.T) {
	t.Parallel()
	if err := checkBuild(built("", ""), "linux_arm"); err != nil {
		t.Error(err)
	}
	for setting, value := range map[string]string{"GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "1", "-trimpath": "", "vcs.modified": "true"} {
		if err := checkBuild(built(setting, value), "linux_arm"); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s = %s: %v", setting, value, err)
		}
	}
	other := built("", "")
	other.Main.Path = "example.com/other"
	if checkBuild(other, "linux_arm") == nil {
		t.Error("a program of another module passed")
	}
}

func TestABillOfMaterialsHasEveryModule(t *testing.T) {
	t.Parallel()
	type component map[string]string
	bill := func(format, version string, components ...component) []byte {
		text, err := json.Marshal(map[string]any{
			"bomFormat": format, "metadata": map[string]any{"component": component{"version": version}}, "components": components,
		})
		if err != nil {
			t.Fatal(err)
		}

		return text
	}
	std, module := component{"name": "std", "version": "go1.26.8"}, component{"name": "example.com/module", "version": "v1.0.0"}
	if err := checkBill(bill("CycloneDX", "v1.2.3", module, std), built("", ""), version); err != nil {
		t.Error(err)
	}
	for why, text := range map[string][]byte{
		"it is a SPDX":                       bill("SPDX", "v1.2.3", module, std),
		"of version v1.2.4":                  bill("CycloneDX", "v1.2.4", module, std),
		"it lacks example.com/module v1.0.0": bill("CycloneDX", "v1.2.3", std, component{"name": "example.com/module", "version": "v2.0.0"}),
		"it lacks std go1.26.8":              bill("CycloneDX", "v1.2.3", module),
		"unexpected end":                     nil,
	} {
		if err := checkBill(text, built("", ""), version); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", why, err)
		}
	}
}
