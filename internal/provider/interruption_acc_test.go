//go:build unix

package provider

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os/signal"
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

// interruptPoint is when a run is interrupted, and what must be there
// afterwards.
type interruptPoint struct {
	configuration string
	// applied is set if the configuration was applied before.
	applied bool
	command string
	// planning is set if the command is apply, and the interruption comes while
	// it plans.
	planning bool
	faults   []rebillytest.Fault
	// requests is the number of requests that were sent before the signal.
	requests int
	says     string
	// after is mustHaveNothing if it is not set.
	after func(*testing.T, cli, *rebillytest.API)
}

func interruptPoints() map[string]interruptPoint {
	const unread = `Could not read export "x":`
	read := readExport("x")
	wait := strings.Replace(read, `"x"`, "\"x\"\n  wait_for_completion = true", 1)
	ephemeral := strings.Replace(read, "data", "ephemeral", 1)
	list := "data \"rebilly_organization_exports\" \"test\" {\n}\n"
	hang := []rebillytest.Fault{rebillytest.Hang()}
	limited := []rebillytest.Fault{rebillytest.RateLimited(time.Now().Add(9 * time.Minute))}

	return map[string]interruptPoint{
		"a read":               {configuration: read, command: "plan", faults: hang, requests: 1, says: unread},
		"the wait for a retry": {configuration: read, command: "plan", faults: limited, requests: 1, says: unread},
		"a poll":               {configuration: wait, command: "plan", requests: 2, says: unread},
		"the wait after a POST": {
			configuration: requestConfiguration + "resource \"terraform_data\" \"dependent\" {\n  input = rebilly_organization_export.test.id\n}\n",
			command:       "apply", requests: 2, says: "Could not wait for export", after: mustHaveAnExportInProgress,
		},
		"the wait before a POST is retried": {configuration: requestConfiguration, command: "apply", faults: limited, requests: 1, says: "Could not request an export"},
		"a poll, in apply":                  {configuration: wait, command: "apply", planning: true, requests: 2, says: unread},
		"a list, in apply":                  {configuration: list, command: "apply", planning: true, faults: hang, requests: 1, says: "Could not list exports"},
		"an ephemeral read, in apply":       {configuration: ephemeral, command: "apply", planning: true, faults: hang, requests: 1, says: unread},
		"a refresh, in apply": {
			configuration: requestExport("wait_for_completion = false"), applied: true, command: "apply", planning: true, faults: hang, requests: 1,
			says: "Could not read export", after: mustHaveTheExport,
		},
	}
}

func TestAccInterruption_endsTheRunAndLosesNothing(t *testing.T) {
	t.Parallel()
	for name, point := range interruptPoints() {
		for how, interruption := range interruptions {
			// While it plans, terraform apply does not pass an interruption on, so
			// only the provider's own signal ends the run.
			if !interruption.group && point.planning {
				continue
			}
			t.Run(how+" in "+name, func(t *testing.T) {
				t.Parallel()
				api := rebillytest.NewFor(t)
				api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created))
				api.SetLifeCycle(rebillytest.Stage{Status: rebilly.StatusQueued})
				address, _ := overLoopback(t, api)
				terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + point.configuration})
				if point.applied {
					terraform.mustRun("apply", "-no-color", "-auto-approve")
				}
				api.Fail(point.faults...)
				before := len(api.Requests())
				arguments := []string{"-no-color"}
				if point.command == "apply" {
					arguments = append(arguments, "-auto-approve")
				}
				run := terraform.start(append([]string{point.command}, arguments...)...)
				run.awaitRequests(api, before+point.requests)
				run.signal(interruption)
				printed := run.mustFail()
				for _, want := range []string{point.says, "Terraform was interrupted"} {
					if !wrapped(want).MatchString(printed) {
						t.Errorf("it did not print %q:\n%s", want, printed)
					}
				}
				if point.after != nil {
					point.after(t, terraform, api)
				} else {
					mustHaveNothing(t, terraform)
				}
			})
		}
	}
}

const (
	requestedAndInState = "was requested and is in state."
	requestActionBlock  = `
action "rebilly_request_organization_export" "test" {
  config {
    wait_for_completion = %t
  }
}
`
)

// The API carries out a POST even if nobody waits for its response. No state has the
// export of an action, so the user must see its ID.
func TestAccInterruption_whileThePOSTIsUnderWay(t *testing.T) {
	t.Parallel()
	const invoke = "-invoke=action.rebilly_request_organization_export.test"
	named := regexp.MustCompile(`requested[\s│]+export[\s│]+"org_exp_\w+"`)
	for name, test := range map[string]struct {
		configuration, argument string
		says                    *regexp.Regexp
	}{
		"resource":                  {configuration: requestConfiguration, argument: "-no-color", says: wrapped(requestedAndInState)},
		"action that waits":         {configuration: fmt.Sprintf(requestActionBlock, true), argument: invoke, says: named},
		"action that does not wait": {configuration: fmt.Sprintf(requestActionBlock, false), argument: invoke, says: named},
	} {
		for how, interruption := range interruptions {
			t.Run(how+", "+name, func(t *testing.T) {
				t.Parallel()
				api, acted, release := hangingPOST(t)
				address, _ := overLoopback(t, api)
				terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + test.configuration})
				run := terraform.start("apply", "-no-color", "-auto-approve", test.argument)
				run.await("the POST", acted)
				run.signal(interruption)
				// The response is held until the provider has noticed the signal.
				<-time.After(promptly / 4)
				close(release)
				if printed := run.mustFail(); !test.says.MatchString(printed) || strings.Contains(printed, "CRASH") {
					t.Errorf("it printed\n%s", printed)
				}
				mustHavePosted(t, api, 1)
				if test.configuration == requestConfiguration {
					mustHaveAnExportInProgress(t, terraform, api)
				}
			})
		}
	}
}

const downloadActionBlock = `
action "rebilly_download_organization_export" "test" {
  config {
    id   = "` + exportID + `"
    path = "exports/export.zip"
  }
}
`

// The temporary file has data of customers. A terminal that is closed sends SIGHUP,
// which ends Terraform immediately.
func TestAccInterruption_downloadLeavesNoFile(t *testing.T) {
	t.Parallel()
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("nohup(1) makes the processes that this one starts ignore SIGHUP")
	}
	hangUps := map[string]interruption{"SIGHUP for the CLI": {signal: syscall.SIGHUP}, "SIGHUP for the group": {signal: syscall.SIGHUP, group: true}}
	maps.Copy(hangUps, interruptions)
	for how, interruption := range hangUps {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.ServeFiles(t)
			api.FailFilesAlways(rebillytest.StallFile(1000))
			address, _ := overLoopback(t, api)
			terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + downloadActionBlock})
			files := func() int {
				found, _ := filepath.Glob(filepath.Join(terraform.folder, "exports", ".*"))

				return len(found)
			}
			run := terraform.start("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_download_organization_export.test")
			run.await("the temporary file", func() bool { return files() > 0 })
			run.signal(interruption)
			if printed := run.mustFail(); strings.Contains(printed, "CRASH") {
				t.Errorf("it printed\n%s", printed)
			}
			for late := time.After(promptly); files() > 0; {
				select {
				case <-time.Tick(10 * time.Millisecond):
				case <-late:
					t.Fatal("the temporary file is left")
				}
			}
		})
	}
}

// SIGTERM makes the provider exit by itself, after a while. The response to a
// POST takes longer here, and the provider does not exit before it.
func TestAccInterruption_providerExitsOnlyAfterThePOST(t *testing.T) {
	t.Parallel()
	api, acted, release := hangingPOST(t)
	run, terraform := startLoggedApply(t, api)
	run.await("the POST", acted)
	killProvider(t, terraform, syscall.SIGTERM)
	<-time.After(shutdownGracePeriod + time.Second)
	close(release)
	// Terraform itself was not interrupted.
	printed, err := run.end()
	if err != nil || !wrapped(requestedAndInState).MatchString(printed) {
		t.Errorf("got %v:\n%s", err, printed)
	}
	mustHaveAnExportInProgress(t, terraform, api)
}

// hangingPOST returns an API that carries out the first request, and holds its
// response until release is closed. Acted reports whether it has carried it out.
func hangingPOST(t *testing.T) (api *rebillytest.API, acted func() bool, release chan struct{}) {
	t.Helper()
	api = rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: rebilly.StatusQueued})
	started := make(chan struct{}, 1)
	release = make(chan struct{})
	api.Fail(rebillytest.HangAfterActing(api, started, release))

	return api, func() bool { return len(started) > 0 }, release
}

// startLoggedApply starts terraform apply with one resource, and a log in debug.log.
func startLoggedApply(t *testing.T, api *rebillytest.API) (started, cli) {
	t.Helper()
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestConfiguration}, "TF_LOG=DEBUG", "TF_LOG_PATH=debug.log")

	return terraform.start("apply", "-no-color", "-auto-approve"), terraform
}

// killProvider sends a signal to the provider that the CLI started last, by its log.
func killProvider(t *testing.T, terraform cli, sent syscall.Signal) {
	t.Helper()
	matches := startedProvider.FindAllStringSubmatch(terraform.file("debug.log"), -1)
	if len(matches) == 0 {
		t.Fatal("the log names no process of the provider")
	}
	if err := syscall.Kill(must(strconv.Atoi(matches[len(matches)-1][1])), sent); err != nil {
		t.Fatal(err)
	}
}

var startedProvider = regexp.MustCompile(`plugin started: path=\S*terraform-provider-rebilly pid=(\d+)`)

// mustHaveAnExportInProgress fails the test unless the export that was requested is
// in state, not tainted, and without what depends on it.
func mustHaveAnExportInProgress(t *testing.T, terraform cli, api *rebillytest.API) {
	t.Helper()
	if state := terraform.state(); strings.Contains(state, `"status":"tainted"`) || strings.Contains(state, "terraform_data") {
		t.Errorf("the state is %s", state)
	}
	mustWaitForTheExport(t, terraform, api)
}

// mustWaitForTheExport fails the test unless terraform apply waits for the export
// that was requested, and requests no other one.
func mustWaitForTheExport(t *testing.T, terraform cli, api *rebillytest.API) {
	t.Helper()
	if printed := terraform.mustRun("plan", "-no-color"); !strings.Contains(printed, "1 to change, 0 to destroy.") {
		t.Errorf("the export is not waited for:\n%s", printed)
	}
	id := regexp.MustCompile(`"id":"(org_exp_\w+)"`).FindStringSubmatch(terraform.state())
	if id == nil {
		t.Fatalf("the state has no export: %s", terraform.state())
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id[1], rebillytest.Created))
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	mustHaveTheExport(t, terraform, api)
}

// mustHaveTheExport fails the test unless the one export that was requested is
// in state.
func mustHaveTheExport(t *testing.T, terraform cli, api *rebillytest.API) {
	t.Helper()
	printed := terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
	if state := terraform.state(); !strings.Contains(state, `"id":"org_exp_`) || !strings.Contains(printed, "No changes") {
		t.Errorf("the state is %s, and the plan is:\n%s", state, printed)
	}
	mustHavePosted(t, api, 1)
}

// mustHaveNothing fails the test if the state has resources of this provider.
func mustHaveNothing(t *testing.T, terraform cli) {
	t.Helper()
	if list, err := terraform.run("state", "list"); err == nil && strings.Contains(list, "rebilly") || err != nil && !strings.Contains(list, "No state file was found") {
		t.Errorf("the state has %s", list)
	}
}

func TestAccInterruption_logHasTheImportOfAKilledProvider(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "crashed": syscall.SIGQUIT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.Stage{Status: rebilly.StatusQueued})
			run, terraform := startLoggedApply(t, api)
			run.awaitRequests(api, 2) // The POST, and the first poll.
			killProvider(t, terraform, ending)
			printed := run.mustFail()
			log := terraform.file("debug.log")
			mustNotShow(t, "the output", printed, secrets...)
			mustNotShow(t, "the log", log, secrets...)
			if ending == syscall.SIGQUIT && !strings.Contains(log, "goroutine 1 ") {
				t.Error("the log lacks the stack traces of the crash")
			}
			mustHaveNothing(t, terraform)

			// The command in the log imports the export.
			hint := regexp.MustCompile(`\[INFO\] .*terraform import rebilly_organization_export\.NAME (\S+): `).FindStringSubmatch(log)
			if hint == nil {
				t.Fatalf("the log does not name the export: %s", log)
			}
			terraform.mustRun("import", "-no-color", "rebilly_organization_export.test", hint[1])
			mustWaitForTheExport(t, terraform, api)
		})
	}
}

func TestAccInterruption_providerExitsAfterTheGracePeriod(t *testing.T) {
	t.Parallel()
	terraform := newCLI(t, nil)
	// What a CLI sets when it starts a provider.
	terraform.env = append(terraform.env, "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	terraform.binary = filepath.Join(builtProvider, "terraform-provider-rebilly")
	reader, output := io.Pipe()
	command := terraform.command()
	command.Stdout = output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(reader).ReadString('\n'); err != nil || !strings.Contains(line, "|grpc|") {
		t.Fatalf("it printed %q, %v", line, err)
	}
	since := time.Now()
	_ = command.Process.Signal(syscall.SIGTERM)
	stuck := time.AfterFunc(3*shutdownGracePeriod, func() { _ = command.Process.Kill() })
	defer stuck.Stop()
	err := command.Wait()
	if took := time.Since(since); took < shutdownGracePeriod/2 || command.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended after %s with %v", took, err)
	}
}
