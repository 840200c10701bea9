package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// builtProvider is the folder of the provider's binary, once buildProvider has
// built it.
var builtProvider string

// buildProvider builds the provider's binary once for all tests, with the race
// detector where the tests have it.
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

// cli is a real CLI that starts the provider's real binary, in a folder of its
// own: for what the tests of terraform-plugin-testing cannot see, in which the
// provider is a part of the test and serves all aliases in one instance.
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

// newCLI returns a CLI for the configuration in files, a map of names to
// texts. It skips the test where acceptance tests are off, or the CLI is too old
// for the configuration.
func newCLI(t *testing.T, files map[string]string, variables ...string) cli {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("acceptance tests are skipped unless %s is set", resource.EnvTfAcc)
	}
	if err := buildProvider(); err != nil {
		t.Fatal(err)
	}

	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}

		return file
	}
	for name, text := range files {
		skipUnlessUnderstood(t, text)
		write(name, text)
	}
	configuration := write("cli.tfrc", fmt.Sprintf(`provider_installation {
  dev_overrides {
    "rebilly/rebilly" = %q
  }
  direct {}
}
`, builtProvider))

	// A race ends the provider, and with it the run; without one it ends at once.
	env := []string{"GORACE=halt_on_error=1 atexit_sleep_ms=0", "PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TF_CLI_CONFIG_FILE=" + configuration, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}

	return cli{t: t, binary: cliBinary(), folder: folder, env: append(env, variables...)}
}

// command returns a command of the CLI that is ready to be started.
func (c cli) command(arguments ...string) *exec.Cmd {
	command := exec.CommandContext(c.t.Context(), c.binary, arguments...)
	command.Dir, command.Env = c.folder, c.env

	return command
}

// run runs a command of the CLI and returns all that it prints.
func (c cli) run(arguments ...string) (string, error) {
	c.t.Helper()
	output, err := c.command(arguments...).CombinedOutput()

	return string(output), err
}

// mustRun is run for commands that succeed.
func (c cli) mustRun(arguments ...string) string {
	c.t.Helper()
	output, err := c.run(arguments...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, output)
	}

	return output
}

// file returns the text of a file that the CLI wrote.
func (c cli) file(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		c.t.Fatal(err)
	}

	return string(text)
}

// state returns the state as JSON without white space, which some CLIs write
// and some do not.
func (c cli) state() string {
	c.t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(c.file("terraform.tfstate"))); err != nil {
		c.t.Fatal(err)
	}

	return compact.String()
}
