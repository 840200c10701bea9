package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// rule is something that a release must be.
type rule struct {
	says  string
	check func(release) error
}

// rules are the registry's ("Publish providers" in its documentation), and
// those of SECURITY.md.
var rules = []rule{
	{"the version is a semantic version", checkVersion},
	{"there is a zip for each platform, and no other", checkPlatforms},
	{"the checksums are those of all files", checkSums},
	{"the signature is a binary one", checkSignature},
	{"the manifest names protocol 6.0", checkManifest},
	{"each zip has the program, executable, its license, and nothing else", checkMembers},
	{"each program is built for its platform, from this module, without cgo and paths", checkPrograms},
	{"each zip has a bill of materials with its program's modules", checkBills},
}

var semanticVersion = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func checkVersion(r release) error {
	if !semanticVersion.MatchString(r.version) {
		return fmt.Errorf("it is %s", r.version)
	}

	return nil
}

func checkPlatforms(r release) error {
	files, err := r.published()
	if err != nil {
		return err
	}
	var zips []string
	for _, file := range files {
		if strings.HasSuffix(file, ".zip") {
			zips = append(zips, file)
		}
	}
	expected := make([]string, len(platforms))
	for i, platform := range platforms {
		expected[i] = r.file(platform + ".zip")
	}

	return compare(zips, expected)
}

// compare says what is missing in found, and what is there in excess.
func compare(found, expected []string) error {
	var differences []string
	for _, one := range expected {
		if !slices.Contains(found, one) {
			differences = append(differences, one+" is missing")
		}
	}
	for _, one := range found {
		if !slices.Contains(expected, one) {
			differences = append(differences, one+" is in excess")
		}
	}
	if len(differences) > 0 {
		return errors.New(strings.Join(differences, ", "))
	}

	return nil
}

func checkSums(r release) error {
	text, err := r.read(r.file("SHA256SUMS"))
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			return fmt.Errorf("the line %q has not two fields", line)
		}
		sums[file] = sum
	}
	files, err := r.published()
	if err != nil {
		return err
	}
	if err := compare(slices.Collect(maps.Keys(sums)), files); err != nil {
		return err
	}
	for file, sum := range sums {
		content, err := r.read(file)
		if err != nil {
			return err
		}
		if is := sha256.Sum256(content); hex.EncodeToString(is[:]) != sum {
			return fmt.Errorf("%s has another sum", file)
		}
	}

	return nil
}

// checkSignature does not verify the signature, which needs the key: gpg does.
func checkSignature(r release) error {
	signature, err := r.read(r.file("SHA256SUMS.sig"))
	if err != nil {
		return err
	}
	// The first octet of a packet of OpenPGP has its highest bit set (RFC 9580,
	// section 4.2), which no armored text has.
	if len(signature) == 0 || signature[0]&0x80 == 0 {
		return fmt.Errorf("it begins with %q", signature[:min(len(signature), 20)])
	}

	return nil
}

func checkManifest(r release) error {
	text, err := r.read(r.file("manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return err
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("it is %s", text)
	}

	return nil
}

// program returns the name of the program in a platform's zip.
func (r release) program(platform string) string {
	program := name + "_v" + r.version
	if strings.HasPrefix(platform, "windows_") {
		program += ".exe"
	}

	return program
}

// each unpacks the zip of every platform and has it checked.
func (r release) each(check func(platform, folder string, names []string, executable bool) error) error {
	for _, platform := range platforms {
		err := func() error {
			folder, err := os.MkdirTemp("", "checkrelease")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(folder) }()
			modes, err := r.unpack(platform, folder)
			if err != nil {
				return err
			}

			return check(platform, folder, slices.Collect(maps.Keys(modes)), modes[r.program(platform)]&0o111 == 0o111)
		}()
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}

	return nil
}

func checkMembers(r release) error {
	return r.each(func(platform, _ string, names []string, executable bool) error {
		if err := compare(names, []string{"LICENSE", r.program(platform)}); err != nil {
			return err
		}
		if !executable {
			return fmt.Errorf("%s cannot be executed", r.program(platform))
		}

		return nil
	})
}

func checkPrograms(r release) error {
	return r.each(func(platform, folder string, _ []string, _ bool) error {
		file := filepath.Join(folder, r.program(platform))
		information, err := buildinfo.ReadFile(file)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !bytes.Contains(content, []byte(r.version)) {
			return fmt.Errorf("the version %s is not in it", r.version)
		}

		return checkBuild(information, platform)
	})
}

func checkBuild(information *debug.BuildInfo, platform string) error {
	system, architecture, _ := strings.Cut(platform, "_")
	expected := map[string]string{"GOOS": system, "GOARCH": architecture, "CGO_ENABLED": "0", "-trimpath": "true", "vcs.modified": "false"}
	for _, setting := range information.Settings {
		if value, ok := expected[setting.Key]; ok && value != setting.Value {
			return fmt.Errorf("%s is %s and not %s", setting.Key, setting.Value, value)
		}
		delete(expected, setting.Key)
	}
	if len(expected) > 0 {
		return fmt.Errorf("it does not say %s", strings.Join(slices.Sorted(maps.Keys(expected)), ", "))
	}
	if module := "github.com/rebilly/" + name; information.Main.Path != module {
		return fmt.Errorf("it is built from %s", information.Main.Path)
	}

	return nil
}

func checkBills(r release) error {
	return r.each(func(platform, folder string, _ []string, _ bool) error {
		text, err := r.read(r.file(platform + ".cdx.json"))
		if err != nil {
			return err
		}
		information, err := buildinfo.ReadFile(filepath.Join(folder, r.program(platform)))
		if err != nil {
			return err
		}

		return checkBill(text, information, r.version)
	})
}

func checkBill(text []byte, information *debug.BuildInfo, version string) error {
	type component struct{ Name, Version string }
	var bill struct {
		Format   string `json:"bomFormat"`
		Metadata struct{ Component component }
		// Components are the modules, and the standard library.
		Components []component
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		return err
	}
	if bill.Format != "CycloneDX" || bill.Metadata.Component.Version != "v"+version {
		return fmt.Errorf("it is a %s of version %s", bill.Format, bill.Metadata.Component.Version)
	}
	for _, module := range append(information.Deps, &debug.Module{Path: "std", Version: information.GoVersion}) {
		if !slices.Contains(bill.Components, component{module.Path, module.Version}) {
			return fmt.Errorf("it lacks %s %s", module.Path, module.Version)
		}
	}

	return nil
}
