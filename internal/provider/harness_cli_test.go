package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// builtProvider is the folder of the provider's binary, once buildProvider has
// built it.
var builtProvider string

// buildProvider builds the provider's binary once for all tests, with the race
// detector if the tests have it.
var buildProvider = sync.OnceValue(func() (err error) {
	builtProvider, err = os.MkdirTemp("", "terraform-provider-rebilly")
	if err != nil {
		return err
	}
	arguments := []string{"build", "-o", filepath.Join(builtProvider, "terraform-provider-rebilly")}
	if tests, ok := debug.ReadBuildInfo(); ok && slices.Contains(tests.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		arguments = append(arguments, "-race")
	}
	command := exec.Command("go", append(arguments, "../..")...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, output)
	}

	return nil
})

// cli is a CLI that starts the provider's binary, in a folder of its own. In
// tests with terraform-plugin-testing, the provider is a part of the test's
// process, and one instance serves all aliases.
type cli struct {
	t      *testing.T
	binary string
	folder string
	env    []string
}

// cliBinary returns the CLI of the acceptance tests.
func cliBinary() string {
	return cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform")
}

// newCLI returns a CLI for the configuration in files, which maps names to
// texts. It skips the test if acceptance tests are off, or if the CLI is too old
// for the configuration.
func newCLI(t *testing.T, files map[string]string, variables ...string) cli {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("acceptance tests are skipped unless %s is set", resource.EnvTfAcc)
	}
	if err := buildProvider(); err != nil {
		t.Fatal(err)
	}

	c := cli{t: t, binary: cliBinary(), folder: t.TempDir()}
	for name, text := range files {
		skipUnlessUnderstood(t, text)
		c.write(name, text)
	}
	c.write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"rebilly/rebilly\" = %q\n  }\n  direct {}\n}\n", builtProvider))
	c.env = append([]string{
		// A data race ends the provider, and with it the run.
		"GORACE=halt_on_error=1 atexit_sleep_ms=0", "PATH=" + os.Getenv("PATH"), "HOME=" + c.folder,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(c.folder, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
	}, variables...)

	return c
}

func (c cli) command(arguments ...string) *exec.Cmd {
	command := exec.CommandContext(c.t.Context(), c.binary, arguments...)
	command.Dir, command.Env = c.folder, c.env

	return command
}

func (c cli) run(arguments ...string) (string, error) {
	c.t.Helper()
	output, err := c.command(arguments...).CombinedOutput()

	return string(output), err
}

func (c cli) mustRun(arguments ...string) string {
	c.t.Helper()
	output, err := c.run(arguments...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, output)
	}

	return output
}

// write writes a file into the CLI's folder, and makes the folders of its name.
func (c cli) write(name, text string) {
	c.t.Helper()
	file := filepath.Join(c.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		c.t.Fatal(err)
	}
}

func (c cli) file(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		c.t.Fatal(err)
	}

	return string(text)
}

// state returns the state as JSON without whitespace, which differs between
// CLIs.
func (c cli) state() string {
	c.t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(c.file("terraform.tfstate"))); err != nil {
		c.t.Fatal(err)
	}

	return compact.String()
}

// features are texts of test configurations that some CLIs do not understand,
// and the first versions of Terraform and OpenTofu that do. An empty version
// stands for all versions.
var features = []struct{ text, terraform, opentofu string }{
	{"postcondition {", "1.2.0", ""},
	{`resource "terraform_data"`, "1.4.0", ""},
	{`check "`, "1.5.0", ""},
	{"import {", "1.5.0", ""},
	{"plantimestamp()", "1.5.0", ""},
	{"mock_provider ", "1.7.0", "1.8.0"},
	{`ephemeral "`, "1.10.0", "1.11.0"},
	// No version of OpenTofu has actions or queries.
	{`action "`, "1.14.0", "999.0.0"},
	{"before_destroy]", "1.16.0-rc1", "999.0.0"},
	{`list "`, "1.14.0", "999.0.0"},
}

// terraform11 is the first version that runs as one process.
const terraform11 = "1.1.0"

// cliVersion returns the product and the version of the CLI of the acceptance
// tests.
var cliVersion = sync.OnceValues(func() (is struct {
	product string
	version *version.Version
}, err error,
) {
	output, err := exec.Command(cliBinary(), "version").Output()
	if err != nil {
		return is, err
	}
	var number string
	if _, err := fmt.Sscanf(string(output), "%s v%s", &is.product, &number); err != nil {
		return is, err
	}
	is.version, err = version.NewVersion(number)

	return is, err
})

// olderThan reports whether the CLI is older than the given version of Terraform,
// or of OpenTofu. It returns false if acceptance tests are off.
func olderThan(t *testing.T, terraform, opentofu string) bool {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		return false
	}
	is, err := cliVersion()
	if err != nil {
		t.Fatal(err)
	}
	oldest := terraform
	if is.product == "OpenTofu" {
		oldest = opentofu
	}

	return oldest != "" && is.version.LessThan(version.Must(version.NewVersion(oldest)))
}

func skipUnlessUnderstood(t *testing.T, configuration string) {
	t.Helper()
	for _, feature := range features {
		if strings.Contains(configuration, feature.text) && olderThan(t, feature.terraform, feature.opentofu) {
			t.Skipf("this CLI does not know %s yet", strings.Trim(feature.text, ` "{]`))
		}
	}
}

const requestConfiguration = "resource \"rebilly_organization_export\" \"test\" {\n}\n"

// withoutCredential is providerBlock for a provider with its credential in the
// environment.
func withoutCredential(address string) string {
	return strings.Replace(providerBlock(address), "api_key", "#", 1)
}

// mustHavePosted fails the test unless so many exports were requested.
func mustHavePosted(t *testing.T, api *rebillytest.API, want int) {
	t.Helper()
	if got := len(requested(api)); got != want {
		t.Errorf("%d exports were requested, want %d", got, want)
	}
}
