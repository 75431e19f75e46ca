package browser

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// program is a running `usher demo`: Usher and its practice LMS.
type program struct {
	t            *testing.T
	folder       string
	listen, lms  string // address and port
	port, campus string // ports alone
	log          *logbook
	env          []string
	flags        []string // of usher demo, beside folder and addresses
	command      *exec.Cmd
	ended        chan struct{}
}

// logbook keeps what a program wrote, over its restarts.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startProgram starts a program of the test's own, which ends with the test.
// After the test its log is searched for panics and failed requests.
func startProgram(t *testing.T, env ...string) *program {
	t.Helper()
	return launchProgram(t, &program{env: env})
}

// startEmpty starts a program that knows no platform.
func startEmpty(t *testing.T) *program {
	t.Helper()
	return launchProgram(t, &program{flags: []string{"--empty"}})
}

func launchProgram(t *testing.T, p *program) *program {
	t.Helper()
	p.t, p.folder, p.log, p.env = t, t.TempDir(), &logbook{}, append(p.env, "USHER_LOG_LEVEL=debug")
	p.port, p.campus = freePort(t), freePort(t)
	p.listen, p.lms = "127.0.0.1:"+p.port, "127.0.0.1:"+p.campus
	p.start()
	t.Cleanup(func() {
		p.stop()
		p.checkLog()
	})
	return p
}

// nextPort is where the search for a free port goes on.
var nextPort atomic.Int32

// freePort finds a port that stays free: below those that the system gives to
// outgoing connections, so that a program can come back to its own after it
// was killed, and never the same for two tests.
func freePort(t *testing.T) string {
	t.Helper()
	const first, count = 20000, 12000
	nextPort.CompareAndSwap(0, int32(os.Getpid()*64%count)) // apart from other runs on this machine
	for range count {
		port := strconv.Itoa(first + int(nextPort.Add(1))%count)
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue // taken
		}
		_ = l.Close() // nothing was written
		return port
	}
	t.Fatal("there is no free port")
	return ""
}

func (p *program) start() {
	p.t.Helper()
	p.command = exec.Command(binary, append([]string{"demo", "--folder", p.folder, "--listen", p.listen, "--lms", p.lms}, p.flags...)...)
	p.command.Env = append(os.Environ(), p.env...)
	p.command.Stdout, p.command.Stderr = p.log, p.log
	if err := p.command.Start(); err != nil {
		p.t.Fatalf("start usher demo: %v", err)
	}
	p.ended = make(chan struct{})
	go func(c *exec.Cmd, ended chan struct{}) {
		_ = c.Wait() // how it ended is told by its log
		close(ended)
	}(p.command, p.ended)
	p.waitUntilReady()
}

func (p *program) waitUntilReady() {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			p.t.Fatalf("usher demo ended at once:\n%s", p.log)
		default:
		}
		if answers("http://"+p.listen+"/readyz") && answers("http://"+p.lms+"/") {
			return
		}
	}
	p.t.Fatalf("usher demo is not ready after %s:\n%s", patience, p.log)
}

func answers(address string) bool {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // nothing is read
	return response.StatusCode == http.StatusOK
}

// stop ends the program as a service manager would.
func (p *program) stop() {
	_ = p.command.Process.Signal(os.Interrupt) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Errorf("usher demo did not stop within %s", patience)
		p.kill()
	}
}

// kill ends the program in the middle of whatever it does.
func (p *program) kill() {
	_ = p.command.Process.Kill() // it may have ended already
	<-p.ended
}

// checkLog fails the test for panics and for answers that are our own fault.
func (p *program) checkLog() {
	p.t.Helper()
	for line := range strings.SplitSeq(p.log.String(), "\n") {
		for _, bad := range []string{"panic", `"level":"ERROR"`, "level=ERROR", "DATA RACE"} {
			if strings.Contains(line, bad) {
				p.t.Errorf("the program's log has a failure: %s", line)
				break
			}
		}
	}
}

// run runs a command of the program on its data and returns what it said.
func (p *program) run(arguments ...string) string {
	p.t.Helper()
	command := exec.Command(binary, arguments...)
	command.Env = append(os.Environ(), "USHER_DATABASE_URL=sqlite://"+p.folder+"/usher.db", "USHER_PUBLIC_URL="+p.tool(),
		"USHER_ALLOW_PRIVATE_NETWORKS=true")
	out, err := command.CombinedOutput()
	if err != nil {
		p.t.Fatalf("usher %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// lmsURL is a page of a campus.
func (p *program) lmsURL(host, path string) string {
	return "http://" + host + ".localhost:" + p.campus + path
}

// tool is Usher's origin.
func (p *program) tool() string { return "http://usher.localhost:" + p.port }

// launchURL is where somebody launches from on a campus, for example
// launchURL("moodle", "as=teacher", "in=frame").
func (p *program) launchURL(campus string, parameters ...string) string {
	return fmt.Sprintf("http://%s.localhost:%s/launch?%s", campus, p.campus, strings.Join(parameters, "&"))
}
