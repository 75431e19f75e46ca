package conformance

// check is one thing that the tool has to do. reason says why no test cites
// it, and is empty where one does.
type check struct {
	number int
	words  string
	reason string
}

// area is a run of checks under one heading.
type area struct {
	title  string
	checks []check
}

// laterGrades is the reason of the checks of grade services.
const laterGrades = "Usher sends no grades: they come with quizzes."

var areas = []area{
	{"Launches that must be refused", []check{
		{1, "A token whose header names no key is refused; no other key is tried.", ""},
		{2, "A key that nobody publishes: the keys are fetched once more, then the launch is refused.", ""},
		{3, "Any version but 1.3.0 is refused, to the letter.", ""},
		{4, "A missing version is refused.", ""},
		{5, "What is no LTI message, or no token at all, is refused without a crash.", ""},
		{6, "Of several missing claims, all are named.", ""},
		{7, "A token of long ago is refused as expired.", ""},
		{8, "A missing message type is refused.", ""},
		{9, "A missing list of roles is refused; an empty one is not.", ""},
		{10, "A deployment that is missing or empty is refused.", ""},
		{11, "A resource link without an id is refused.", ""},
		{12, "A message without a user is refused.", ""},
	}},
	{"Launches of teachers", []check{
		{13, "A teacher gets a teacher's page.", ""},
		{14, "Roles at the institution beside it take nothing away.", ""},
		{15, "The short name of a course role counts like the long one.", ""},
		{16, "An empty role launches with the least rights, without an error.", ""},
		{17, "An unknown role is ignored and gives the least rights.", ""},
		{18, "Somebody with an address and no name gets a name that is not their id.", ""},
		{19, "Somebody with a name and no address works like everybody.", ""},
		{20, "Somebody of whom nothing is told is still the same person each time.", ""},
		{21, "A launch without a course works, with a list instead of a course's page.", ""},
		{22, "A link that was never seen before leads to choosing or creating its room.", ""},
	}},
	{"Launches of students", []check{
		{23, "A student gets a student's page.", ""},
		{24, "A role at the institution never raises what a student may do in the course.", ""},
		{25, "The short name of the student's role counts too.", ""},
		{26, "An unknown role beside it changes nothing.", ""},
		{27, "A student without a role gets the least rights.", ""},
		{28, "Students of whom little or nothing is told are let in alike.", ""},
		{29, "A student's launch without a course works.", ""},
		{30, "A student at a link without a room reads that it is not set up yet.", ""},
		{31, "A message about nobody in particular is refused: there is no account for everybody.", ""},
		{32, "Names of all scripts are kept whole and shown escaped, long ids too.", ""},
		{33, "Claims that nobody knows, odd values and unresolved variables disturb nothing.", ""},
		{34, "A sub-role means the same with and without its principal role.", ""},
		{35, "A launch without any service works.", ""},
		{36, "A target elsewhere, or one that is no address, is never followed.", ""},
		{37, "Custom values, the course and its type may be missing or short.", ""},
		{38, "Each launch evaluates name, address and role anew, upward and downward.", ""},
	}},
	{"Deep linking", []check{
		{39, "A request for content opens the picker although it names no link and no target.", ""},
		{40, "The answer is a form with the one field JWT that the browser posts back.", ""},
		{41, "The answer's type, version, times and nonce are right for platforms without leeway.", ""},
		{42, "The answer is signed by a key that Usher publishes.", ""},
		{43, "The answer names client, platform, deployment and the platform's own data unchanged.", ""},
		{44, "Only what the platform accepts is offered, and one item where it accepts one.", ""},
		{45, "Leaving the picker without a choice is no dead end.", ""},
		{46, "Students are refused the picker.", ""},
		{47, "The link opens the entry it was made for, in its own course and tenant alone.", ""},
		{48, "The address to return to is the signed one, never one from the browser's form.", ""},
	}},
	{"Names and roles", []check{
		{49, "The request for a token proves the client by a signed assertion and asks for the one scope.", ""},
		{50, "The assertion's audience is the token address, or the platform's own where it names one.", ""},
		{51, "The request for members names the media type and carries the token.", ""},
		{52, "A token is used until it ends, and fetched once more when it is refused.", ""},
		{53, "Parameters are merged into an address that has some already.", ""},
		{54, "Pages are followed to the last, on the platform's host only and within bounds.", ""},
		{55, "Members without name, with odd roles, states and messages, or listed twice are taken as they are.", ""},
		{56, "The scope is asked for although the claim does not name it.", ""},
		{57, "Where there is no service or it fails, launches go on without the roster.", ""},
	}},
	{"Assignments and grades", []check{
		{58, "Line items are listed by their media type, none included.", laterGrades},
		{59, "A line item is made with label, maximum and the ids that find it again.", laterGrades},
		{60, "A score is posted beside the line item with its time, progress and maximum.", laterGrades},
		{61, "Results are read by their media type, for several people.", laterGrades},
		{62, "Only the scopes of the claim are asked for.", laterGrades},
	}},
	{"Security", []check{
		{63, "A launch counts only in the browser that began it.", ""},
		{64, "A state is good once, for ten minutes, for its own login and nonce.", ""},
		{65, "A nonce is good once; of parallel launches one wins, and the record outlives the token.", ""},
		{66, "The issuer is compared to the letter, a trailing slash included.", ""},
		{67, "The audience is the client; strangers beside it are refused.", ""},
		{68, "With several audiences the authorised party is required, and always is the client.", ""},
		{69, "Times are checked with a minute's leeway; a token is at most ten minutes old.", ""},
		{70, "RS256 only: no unsigned or symmetric token, no key that the header brings along.", ""},
		{71, "A platform's key verifies that platform's tokens alone.", ""},
		{72, "Keys are kept within bounds, fetched again for an unknown key now and then, and used in an outage.", ""},
		{73, "The login's client is the token's; both together find the platform.", ""},
		{74, "A deployment must be known; the same id of another client is another one.", ""},
		{75, "The deployment of the login is that of the token.", ""},
		{76, "A login comes by GET or POST; where several clients fit, none is guessed.", ""},
		{77, "The authorization request has all its parameters, with the platform's hints unchanged.", ""},
		{78, "An error of the platform is explained on a page.", ""},
		{79, "A launch ends on an address of Usher's own; the way back is only ever a safe link.", ""},
		{80, "A person is tenant and id: equal ids or addresses of two platforms stay apart.", ""},
		{81, "Published keys are public halves with id, use and algorithm, the old one for its overlap.", ""},
		{82, "Addresses that others name are fetched in public networks only, within time, size and redirects.", ""},
		{83, "No token reaches a log, an address or a page; answers to launches are not stored.", ""},
		{84, "Other kinds of messages are refused in words.", ""},
		{85, "No invitation makes a member, and no launch takes over a guest.", ""},
	}},
	{"Platform storage", []check{
		{86, "Storage is used where the login offers it or the platform says that it has it.", ""},
		{87, "The frame to ask is the one that the platform names, its word at the moment first.", ""},
		{88, "What the platform can do is asked of the parent.", ""},
		{89, "A value is put under a key of its own for each launch.", ""},
		{90, "The value is taken out by the same key and deleted.", ""},
		{91, "The secret is told to the origin of the registered authorization address and to no other.", ""},
		{92, "Only an answer with the right id, subject and origin counts.", ""},
		{93, "Silence ends after a moment, and the next way is tried.", ""},
		{94, "The page that proves holds no session; the session comes after the proof.", ""},
		{95, "What proves is a secret that stood in no address.", ""},
		{96, "The page of the login runs no inline code and names who may frame it.", ""},
		{97, "The storage's name is remembered from the login to the launch.", ""},
		{98, "The older names of the messages are understood.", ""},
	}},
	{"Dynamic registration", []check{
		{99, "A registration begins with a one-time link; the platform's token is optional.", ""},
		{100, "The platform's configuration is fetched within bounds, with its token where it gave one.", ""},
		{101, "A configuration elsewhere than its issuer says is confirmed by a person.", ""},
		{102, "What the platform must tell of itself is checked.", ""},
		{103, "Its messages are understood as objects and as plain texts.", ""},
		{104, "The registration has every field that platforms ask of a client.", ""},
		{105, "The registration has every field that platforms ask of an LTI tool.", ""},
		{106, "Only scopes that are used and offered are asked for.", ""},
		{107, "The platform's errors, in either shape, are shown in words.", ""},
		{108, "What the platform answers is stored, with and without a deployment.", ""},
		{109, "At the end the platform is told to close, and the person reads that it is done.", ""},
		{110, "Done twice, a registration is still one.", ""},
		{111, "Where approval is asked for, a platform waits until an administrator gives it.", ""},
	}},
}
