//go:build unix

package provider

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// promptly is how long a run may take to end. It takes some milliseconds; a wait
// that went on would last for minutes.
const promptly = 2 * time.Second

// started is a run of the CLI that goes on, in a process group of its own.
type started struct {
	t       *testing.T
	command *exec.Cmd
	output  *bytes.Buffer
	ended   chan error
}

func (c cli) start(arguments ...string) started {
	c.t.Helper()
	run := started{t: c.t, command: c.command(arguments...), output: new(bytes.Buffer), ended: make(chan error, 1)}
	run.command.Stdout, run.command.Stderr = run.output, run.output
	run.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := run.command.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { run.ended <- run.command.Wait() }()

	return run
}

// await waits until the condition holds.
func (r started) await(what string, holds func() bool) {
	r.t.Helper()
	late := time.After(time.Minute)
	for poll := time.NewTicker(10 * time.Millisecond); !holds(); {
		select {
		case <-poll.C:
		case err := <-r.ended:
			r.t.Fatalf("it ended before %s: %v\n%s", what, err, r.output)
		case <-late:
			r.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// mustEnd waits for the end of the run, which must be a failure, and returns
// what it printed.
func (r started) mustEnd() string {
	r.t.Helper()
	since := time.Now()
	select {
	case err := <-r.ended:
		r.t.Logf("it ended after %s", time.Since(since).Round(10*time.Millisecond))
		if err == nil {
			r.t.Errorf("it succeeded:\n%s", r.output)
		}
	case <-time.After(promptly):
		_ = syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL)
		r.t.Fatalf("it did not end within %s:\n%s", promptly, r.output)
	}

	return r.output.String()
}

func TestAccAnInterruptionEndsTheRunAndLosesNothing(t *testing.T) {
	t.Parallel()
	signals := map[string]struct {
		signal syscall.Signal
		group  bool
	}{
		"Ctrl-C":                         {syscall.SIGINT, true},
		"SIGTERM for the CLI":            {syscall.SIGTERM, false},
		"SIGTERM for the CLI and others": {syscall.SIGTERM, true},
	}
	for name, moment := range moments() {
		for how, signal := range signals {
			// While it plans, terraform apply does not pass on that it was told to
			// end, so that it is only ended where the provider hears of it too.
			if !signal.group && moment.planning {
				continue
			}
			t.Run(how+" in "+name, func(t *testing.T) {
				t.Parallel()
				if signal.group && signal.signal == syscall.SIGTERM && olderThan(t, terraform11, "") {
					t.Skip("Terraform 1.0 has a second process, passes the signal on to it, and ends at the second one without a word")
				}
				api := rebillytest.NewFor(t)
				api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created))
				api.SetLifeCycle(rebillytest.Stage{Status: rebilly.StatusQueued})
				address, _ := overLoopback(t, api)
				terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + moment.configuration})
				if moment.applied {
					terraform.mustRun("apply", "-no-color", "-auto-approve")
				}
				if moment.fault != nil {
					api.Fail(*moment.fault)
				}
				before := len(api.Requests())
				arguments := []string{moment.command, "-no-color"}
				if moment.command == "apply" {
					arguments = append(arguments, "-auto-approve")
				}
				run := terraform.start(arguments...)
				run.await("the request", func() bool { return len(api.Requests()) >= before+moment.requests })
				target := run.command.Process.Pid
				if signal.group {
					target = -target
				}
				if err := syscall.Kill(target, signal.signal); err != nil {
					t.Fatal(err)
				}
				printed := run.mustEnd()
				for _, want := range []string{moment.says, "Terraform was interrupted"} {
					if !wrapped(want).MatchString(printed) {
						t.Errorf("it did not print %q:\n%s", want, printed)
					}
				}
				moment.after(t, terraform, api)
			})
		}
	}
}

// moment is when a run is interrupted, and what must be there afterwards.
type moment struct {
	configuration string
	// applied says that the configuration was applied before.
	applied bool
	command string
	// planning says that the command is apply, and that it plans.
	planning bool
	fault    *rebillytest.Fault
	// requests are those that were sent when the signal comes.
	requests int
	says     string
	after    func(*testing.T, cli, *rebillytest.API)
}

func moments() map[string]moment {
	const (
		unread  = "Unable to Read Organization Export"
		request = "resource \"rebilly_organization_export\" \"test\" {\n}\n"
	)
	read := readExport("x")
	wait := strings.Replace(read, `"x"`, "\"x\"\n  wait_for_completion = true", 1)
	list := "data \"rebilly_organization_exports\" \"test\" {\n}\n"
	hang := new(rebillytest.Hang())

	return map[string]moment{
		"a read":                {configuration: read, command: "plan", fault: hang, requests: 1, says: unread, after: mustHaveNothing},
		"the wait for a retry":  {configuration: read, command: "plan", fault: new(rebillytest.RateLimited(time.Now().Add(9 * time.Minute))), requests: 1, says: unread, after: mustHaveNothing},
		"a poll":                {configuration: wait, command: "plan", requests: 2, says: unread, after: mustHaveNothing},
		"the wait after a POST": {configuration: request, command: "apply", requests: 2, says: "Organization Export Requested but Not Completed", after: mustHaveATaintedExport},
		"a poll, in apply":      {configuration: wait, command: "apply", planning: true, requests: 2, says: unread, after: mustHaveNothing},
		"a list, in apply":      {configuration: list, command: "apply", planning: true, fault: hang, requests: 1, says: "Unable to List Organization Exports", after: mustHaveNothing},
		"an ephemeral read, in apply": {
			configuration: strings.Replace(read, "data", "ephemeral", 1), command: "apply", planning: true, fault: hang, requests: 1, says: unread, after: mustHaveNothing,
		},
		"a refresh, in apply": {
			configuration: strings.Replace(request, "}", "  wait_for_completion = false\n}", 1), applied: true,
			command: "apply", planning: true, fault: hang, requests: 1, says: unread, after: mustHaveTheExport,
		},
	}
}

// mustHaveATaintedExport fails the test where the export that was requested is
// not in the state, tainted.
func mustHaveATaintedExport(t *testing.T, terraform cli, api *rebillytest.API) {
	t.Helper()
	if state := terraform.state(); !strings.Contains(state, `"status":"tainted"`) {
		t.Errorf("the export is not tainted: %s", state)
	}
	// As the error says, the export is still there to go on with.
	terraform.mustRun("untaint", "rebilly_organization_export.test")
	mustHaveTheExport(t, terraform, api)
}

// mustHaveTheExport fails the test where the state is not that of the one
// export that was requested.
func mustHaveTheExport(t *testing.T, terraform cli, api *rebillytest.API) {
	t.Helper()
	if printed := terraform.mustRun("plan", "-no-color", "-detailed-exitcode"); !strings.Contains(printed, "No changes") {
		t.Errorf("the export is not as it should be:\n%s", printed)
	}
	checkOnePOST(t, api)
}

// mustHaveNothing fails the test where there is a state with objects.
func mustHaveNothing(t *testing.T, terraform cli, _ *rebillytest.API) {
	t.Helper()
	if list, err := terraform.run("state", "list"); err == nil && strings.Contains(list, "rebilly") || err != nil && !strings.Contains(list, "No state file was found") {
		t.Errorf("the state has %s", list)
	}
}

var startedProvider = regexp.MustCompile(`plugin started: path=\S*terraform-provider-rebilly pid=(\d+)`)

// startedProviders returns the processes of the provider that the log of a CLI
// names.
func startedProviders(t *testing.T, log string) []int {
	t.Helper()
	var processes []int
	for _, match := range startedProvider.FindAllStringSubmatch(log, -1) {
		process, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process)
	}

	return processes
}

func TestAccAProviderThatIsKilledAfterThePOSTLeavesWhatIsNeededToImportTheExport(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "crashed": syscall.SIGQUIT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.Stage{Status: rebilly.StatusQueued})
			address, _ := overLoopback(t, api)
			request := providerBlock(address) + "resource \"rebilly_organization_export\" \"test\" {\n}\n"
			terraform := newCLI(t, map[string]string{"main.tf": request}, "TF_LOG=DEBUG", "TF_LOG_PATH=debug.log")
			run := terraform.start("apply", "-no-color", "-auto-approve")
			run.await("the first look", func() bool { return len(api.Requests()) >= 2 })
			log := terraform.file("debug.log")
			processes := startedProviders(t, log)
			if len(processes) == 0 {
				t.Fatalf("the log names no process of the provider: %s", log)
			}
			if err := syscall.Kill(processes[len(processes)-1], signal); err != nil {
				t.Fatal(err)
			}
			printed := run.mustEnd()
			log = terraform.file("debug.log")
			mustNotShow(t, "the output", printed, secrets...)
			mustNotShow(t, "the log", log, secrets...)
			if signal == syscall.SIGQUIT && !strings.Contains(log, "goroutine 1 ") {
				t.Error("the log lacks what Go prints of a crash")
			}
			mustHaveNothing(t, terraform, api)

			// What the log says brings the export into the state.
			hint := regexp.MustCompile(`\[INFO\] .*terraform import rebilly_organization_export\.NAME (\S+): `).FindStringSubmatch(log)
			if hint == nil {
				t.Fatalf("the log has no word of the export: %s", log)
			}
			terraform.mustRun("import", "-no-color", "rebilly_organization_export.test", hint[1])
			if printed := terraform.mustRun("plan", "-no-color", "-detailed-exitcode"); !strings.Contains(printed, "No changes") {
				t.Errorf("the imported export is not as it should be:\n%s", printed)
			}
			checkOnePOST(t, api)
		})
	}
}

func TestAccAProviderThatIsToldToTerminateGoesOnForAWhileAndThenEnds(t *testing.T) {
	t.Parallel()
	terraform := newCLI(t, nil)
	// What the CLI starts a provider with.
	terraform.env = append(terraform.env, "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	terraform.binary = filepath.Join(builtProvider, "terraform-provider-rebilly")
	served, output := io.Pipe()
	command := terraform.command()
	command.Stdout = output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(served).ReadString('\n'); err != nil || !strings.Contains(line, "|grpc|") {
		t.Fatalf("it said %q, %v", line, err)
	}
	since := time.Now()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := command.Wait()
	if took := time.Since(since); took < 5*time.Second || command.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended after %s with %v", took, err)
	}
}
