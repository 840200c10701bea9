package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// coreStep is one run in a scenario: settings that change, and what is special about
// the run.
type coreStep struct {
	change           settings
	unknown, becomes string
	fails            bool
	// saved applies a plan that was saved before.
	saved bool
}

// TestAccSimulation_modelOfTerraform runs scenarios with the simulation's model of
// Terraform and with the real one. Both must send the same requests, and keep the
// same state.
func TestAccSimulation_modelOfTerraform(t *testing.T) {
	t.Parallel()
	january := settings{"triggers": "2026-01"}
	for name, steps := range map[string][]coreStep{
		"create, and no change":          {{}, {}},
		"another trigger":                {{}, {change: january}, {}},
		"another organization":           {{}, {change: settings{"organization_id": "org_b"}}, {}},
		"a trigger, and no organization": {{}, {change: settings{"organization_id": ""}}, {change: january}},
		"an update":                      {{}, {change: settings{"rotate_after": "720h"}}, {}},
		"a failed creation":              {{fails: true}, {}, {}},
		"a failed replacement":           {{}, {change: january, fails: true}, {}, {}},
		"a saved plan":                   {{saved: true}, {change: january, saved: true}},
		"an unknown trigger, equal":      {{change: january}, {unknown: "triggers"}, {}},
		"an unknown organization":        {{}, {unknown: "organization_id", becomes: "org_b"}, {}},
		"an unknown organization again":  {{}, {unknown: "organization_id"}, {}},
	} {
		for _, first := range []string{"false", "true"} {
			t.Run(name+"/create_before_destroy="+first, func(t *testing.T) {
				t.Parallel()
				start := settings{"organization_id": "org_a", "triggers": "{}", "create_before_destroy": first}
				want := withTerraform(t, maps.Clone(start), steps)
				if difference := cmp.Diff(want, withModel(t, start, steps)); difference != "" {
					t.Errorf("the model differs (-Terraform +model):\n%s", difference)
				}
			})
		}
	}
}

// outcomes runs the steps, and returns whether each succeeded, its requests, and the
// state. It numbers the IDs of exports in the order in which it sees them, and sorts the
// requests: Terraform refreshes the current and the deposed object at the same time.
func outcomes(api *rebillytest.API, steps []coreStep, run func(int, coreStep) (ok bool, state []string)) (lines []string) {
	ids := []string{}
	numbered := func(line string) string {
		return regexp.MustCompile(`org_exp_\w+`).ReplaceAllStringFunc(line, func(id string) string {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}

			return fmt.Sprintf("export %d", slices.Index(ids, id)+1)
		})
	}
	for number, step := range steps {
		before := len(api.Requests())
		ok, state := run(number, step)
		lines = append(lines, fmt.Sprintf("run %d succeeds: %t", number, ok))
		first := len(lines)
		for _, request := range sentSince(api, before) {
			lines = append(lines, numbered(request))
		}
		slices.Sort(lines[first:])
		for _, instance := range state {
			lines = append(lines, numbered(instance))
		}
	}

	return lines
}

// withModel runs the steps with the model.
func withModel(t *testing.T, start settings, steps []coreStep) (lines []string) {
	t.Helper()
	y := simulate(t, schedule{Start: start}, func(y *year) {
		y.instant, y.withoutFile = true, true
		lines = outcomes(y.apis[liveHost], steps, func(_ int, step coreStep) (ok bool, state []string) {
			y.unknown, y.becomes = step.unknown, step.becomes
			maps.Copy(y.settings, step.change)
			if step.fails {
				y.next["fails"] = event{How: "fails"}
			}
			ok = y.run()
			for _, deposed := range y.state.deposed {
				state = append(state, "deposed "+summaryOf(plainAll(t, deposed.attributes)))
			}
			if current := y.state.current; current.exists() {
				state = append(state, map[bool]string{true: "tainted "}[current.tainted]+summaryOf(plainAll(t, current.attributes)))
			}

			return ok, state
		})
	})
	if y.violation != nil {
		t.Error(y.report())
	}

	return lines
}

// summaryOf returns what a state must have in common with Terraform's.
func summaryOf(attributes map[string]any) string {
	return fmt.Sprintf("%v of %v, triggers %v, %v", attributes["id"], attributes["organization_id"], attributes["triggers"], attributes["status"])
}

// withTerraform runs the steps with the real CLI.
func withTerraform(t *testing.T, current settings, steps []coreStep) []string {
	t.Helper()
	api := rebillytest.New()
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": `resource "terraform_data" "skip" {}`})

	return outcomes(api, steps, func(number int, step coreStep) (bool, []string) {
		maps.Copy(current, step.change)
		if step.becomes != "" {
			current[step.unknown] = step.becomes
		}
		api.SetLifeCycle(rebillytest.Stage{Status: map[bool]string{true: rebillytest.StatusFailed, false: rebillytest.StatusCompleted}[step.fails]})
		terraform.write("main.tf", providerBlock(address)+current.configuration(step.unknown, number))
		arguments := []string{"apply", "-no-color", "-auto-approve"}
		if step.saved {
			terraform.mustRun("plan", "-no-color", "-out=saved")
			arguments = append(arguments, "saved")
		}
		_, err := terraform.run(arguments...)

		return err == nil, terraform.instances()
	})
}

// configuration returns the settings in Terraform's language. The unknown argument is
// the output of a resource that is replaced.
func (s settings) configuration(unknownName string, number int) string {
	arguments := map[string]string{"organization_id": fmt.Sprintf("%q", s["organization_id"]), "triggers": "{}"}
	if s["organization_id"] == "" {
		arguments["organization_id"] = "null"
	}
	if s["triggers"] != "{}" {
		arguments["triggers"] = fmt.Sprintf("{ month = %q }", s["triggers"])
	}
	if s["rotate_after"] != "" {
		arguments["rotate_after"] = fmt.Sprintf("%q", s["rotate_after"])
	}
	var text strings.Builder
	if unknownName != "" {
		fmt.Fprintf(&text, "resource \"terraform_data\" \"source\" {\n  input = %s\n  triggers_replace = %d\n}\n", arguments[unknownName], number)
		arguments[unknownName] = "terraform_data.source.output"
	}
	fmt.Fprintf(&text, "resource %q \"test\" {\n  lifecycle {\n    create_before_destroy = %s\n  }\n", objectType, s["create_before_destroy"])
	for name, value := range arguments {
		fmt.Fprintf(&text, "  %s = %s\n", name, value)
	}

	return text.String() + "}\n"
}

// instances returns the instances of the resource in state, the deposed ones first.
func (c cli) instances() (lines []string) {
	c.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Deposed, Status string
				Attributes      map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(c.file("terraform.tfstate")), &state); err != nil {
		c.t.Fatalf("reading the state: %v", err)
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			switch text := summaryOf(instance.Attributes); {
			case resource.Type != objectType:
			case instance.Deposed != "":
				lines = slices.Insert(lines, 0, "deposed "+text)
			case instance.Status == "tainted":
				lines = append(lines, "tainted "+text)
			default:
				lines = append(lines, text)
			}
		}
	}

	return lines
}
