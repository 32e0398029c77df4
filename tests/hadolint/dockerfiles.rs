//! Dockerfiles from a grammar, the same for the same seed: what people write, in spellings that tell rules
//! apart. A word `<name>` stands for one of the choices of that name.

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// The choices of a name, `|` between them; a choice written twice comes twice as often.
const GRAMMAR: &[(&str, &str)] = &[
    (
        "image",
        "debian|debian:12|debian:latest|reg.example.com/team/app|reg.example.com:5000/app:2|ghcr.io/a/b@sha256:4f0a|scratch|$BASE|${BASE}:1|alpine:3.20|node:$V|base|build|Build",
    ),
    (
        "platform",
        "|||| --platform=linux/arm64| --platform=$BUILDPLATFORM| --platform=$TARGETPLATFORM| --platform=linux/${TARGETARCH}",
    ),
    ("alias", "|||AS base|AS build|as Build|AS tools|AS scratch"),
    (
        "run",
        "RUN <mounts><script>|RUN <mounts><script>|RUN <script>|RUN <heredoc>|RUN <exec>|ONBUILD RUN <script>|run <script>",
    ),
    (
        "mounts",
        "||||--mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt |--mount=type=cache,target=/var/lib/apt/lists |--mount=type=tmpfs,target=/root/.cache/pip |--mount=type=cache,target=/var/cache/apk |--mount=type=cache,target=/root/.cache/yarn |--mount=type=cache,target=/var/cache/libdnf5 |--mount=type=bind,source=/a,target=/b |--mount=type=secret,id=npm |--network=none ",
    ),
    (
        "script",
        "<cmd>|<cmd>|<cmd> && <cmd>|<cmd> && \\\n    <cmd>|<cmd> && \\\n    # why\n    <cmd> && \\\n    <cmd>|set -eux; <cmd>; <cmd>|<cmd> \\\n && <cmd> \\\n || <cmd>|<block>|<cmd> | <cmd>|( <cmd> )",
    ),
    (
        "block",
        "if [ -f /etc/debian_version ]; then <cmd>; else <cmd>; fi|for p in a b; do <cmd>; done|while read -r p; do <cmd>; done < list|install_it() { <cmd>; }; install_it|case \"$x\" in a) <cmd> ;; *) <cmd> ;; esac|x=\"$(<cmd>)\" && echo \"$x\"|{ <cmd>; <cmd>; }|! <cmd>|[ -d /x ] && <cmd>",
    ),
    (
        "heredoc",
        "<<EOF\n<cmd>\n<cmd>\nEOF\n|<<'EOF'\nset -e\n<cmd>\nEOF\n|<<-EOF\n<cmd> && <cmd>\nEOF\n|cat <<EOF > /etc/motd\n<cmd>\nEOF\n|<<EOF bash -e\n<cmd>\nEOF\n",
    ),
    (
        "exec",
        "[\"apt-get\", \"install\", \"-y\", \"curl\"]|[\"sudo\", \"true\"]|[\"cd\", \"/tmp\"]|[\"/bin/sh\", \"-c\", \"make\"]|[\"yum\",\"install\",\"git\"]",
    ),
    (
        "cmd",
        "<apt>|<apt>|<apt>|<apk>|<yum>|<dnf>|<zypper>|<pip>|<pip>|<npm>|<gem>|<go>|<rm>|<misc>|<misc>|<misc>",
    ),
    (
        "apt",
        "apt-get update|apt-get <apto>install <apto><debs>|apt-get <apto>install <apto><debs>|apt-get install <debs> <apto>|apt <apto>install <debs>|aptitude update|apt-get upgrade -y|apt-get clean|apt update|DEBIAN_FRONTEND=noninteractive apt-get install <apto><debs>",
    ),
    (
        "apto",
        "|-y |-y |-qq |-q -q |-yq |--yes |--assume-yes |--quiet --quiet |-q=2 |--no-install-recommends |-y --no-install-recommends |-o APT::Install-Recommends=false |-t bookworm |--target-release=bookworm |--allow-downgrades ",
    ),
    ("debs", "<deb>|<deb> <deb>|<deb> \\\n      <deb> \\\n      <deb>"),
    (
        "deb",
        "curl|git=1:2.39|vim=2:9.*|g++|./local.deb|/tmp/x.deb|$PKGS|\"${PKG}=1\"|libc6:amd64|nginx/stable|'wget=1.21'",
    ),
    ("apk", "apk <apko>add <apko><apks>|apk <apko>add <apko><apks>|apk update|apk del git|apk upgrade"),
    (
        "apko",
        "|--no-cache |--no-cache |-U |--virtual .build |-t .build |--virtual=.build |--repository http://x/y |-X http://x/y |-q ",
    ),
    ("apks", "curl|curl=8.9.0|\"git>2\"|git~2|g++ make|$PKGS|x.apk|bash=5 curl"),
    (
        "yum",
        "yum <rpmo>install <rpmo><rpms>|yum -y install <rpms> && yum clean all|yum groupinstall dev|yum module install <rpmo>nodejs:18|yum clean all|yum update -y|yum -y localinstall x.rpm|yum makecache",
    ),
    (
        "dnf",
        "dnf <rpmo>install <rpmo><rpms>|microdnf <rpmo>install <rpms>|dnf -y install <rpms> && dnf clean all|dnf -y module install nodejs|dnf group install -y dev|dnf in git|dnf upgrade -y|dnf reinstall -y git-2.1|microdnf clean all",
    ),
    ("rpmo", "|-y |-y |--assumeyes |-qy |-q "),
    (
        "rpms",
        "git|git-2.45.1|git-core-2.45-1.el9|gcc-c++|gcc-c++-11.2|kernel-devel|x-1.rpm|https://example.com/a-1.rpm|git-$V|git-${V} vim|@dev|openssl-1:3.0|java-1.8.0-openjdk",
    ),
    (
        "zypper",
        "zypper <zypo>install <zypo><zyps>|zypper <zypo>in <zyps>|zypper -n in git=2 && zypper clean|zypper dup|zypper -n rm git|zypper ref|zypper cc -a|zypper patch",
    ),
    ("zypo", "|-n |--non-interactive |-y |--no-confirm |-q "),
    ("zyps", "git|git=2|\"git>=2\"|x.rpm|$PKGS|git=2 vim"),
    (
        "pip",
        "<pipc> install <pipo><pips>|<pipc> install <pipo><pips>|<pipc> <pipo>install <pips>|pip download x|pip install -r requirements.txt|PIP_NO_CACHE_DIR=1 pip install <pips>|pipenv install|pipx install <pips>",
    ),
    ("pipc", "pip|pip|pip3|pip3.12|python -m pip|python3 -m pip|uv pip"),
    (
        "pipo",
        "||--no-cache-dir |--no-cache-dir |--user |-U |--upgrade |--index-url https://x/y |-i https://x/y |--extra-index-url=https://x/y |--target /t |-t /t |--no-deps |-c constraints.txt |--timeout 60 |--root-user-action=ignore |-q ",
    ),
    (
        "pips",
        "flask|flask==3.0|\"flask>=3\"|flask~=3.0|flask!=2|.|-e .|./dist/x.whl|x.tar.gz|git+https://x/y|git+https://x/y@v1|$PKG|flask==$V|flask==3 requests|\"uvicorn[standard]\"|-r a.txt|--requirement a.txt|https://x/y.zip",
    ),
    (
        "npm",
        "npm install <npms>|npm install -g <npms>|npm <npmo>install <npms>|npm ci|npm i x|npm run build|yarn install|yarn install && yarn cache clean|yarn cache clean && yarn install|yarn add x|yarn install --frozen-lockfile",
    ),
    ("npmo", "--loglevel warn |--loglevel=warn |--registry https://x |-g "),
    (
        "npms",
        "|x|x@1.2|@s/x|@s/x@1|./x|/x/y|x.tgz|git+https://x/y|git+ssh://x/y#v1|git://x/y#v1|x@latest y|--save x@1|$PKG|\"x@^1\"",
    ),
    (
        "gem",
        "gem install x|gem install x:1|gem install x -v 1|gem install x --version 1|gem install --version=1 x|gem i x|gem install --no-document x|gem install --no-document x y|gem install -N x:1 y|gem update",
    ),
    (
        "go",
        "go install x.y/z|go install x.y/z@v1|go install x.y/z@latest|go install ./...|go get x.y/z|go get -u x.y/z@none|go run .|go run x.y/z@v1 arg|go run main.go|go build ./...|go mod download|go install x.y/z@$V",
    ),
    (
        "rm",
        "rm -rf /var/lib/apt/lists/*|rm -rf /var/lib/apt/lists/*|rm -r /var/lib/apt/lists|rm -rf /tmp/x|rm -f /tmp/x|rm -fr /var/cache/yum|rm -rf /var/cache/dnf|rm /var/cache/libdnf5*",
    ),
    (
        "misc",
        "cd /tmp|cd /src && make|sudo make|exec sudo x|command -v curl|ssh host|vim x|ps aux|service x start|useradd app|useradd -u 1000 app|useradd -u 1000000 app|useradd -lu 1000000 app|useradd --uid 1000000 app|useradd --no-log-init -u 1000000 app|useradd -m -u ${APP_UID} app|ln -sf /bin/bash /bin/sh|ln -s /a /b|curl -fsSL https://x/y|curl https://x/y|wget https://x/y|wget -q https://x/y|wget -nv https://x/y|wget -O - https://x/y|wget --progress=dot:giga https://x/y|wget -qO- https://x/y|make|true|echo \"a | b\"|tar -xf a.tar|tar xzf a.tar.gz|tar -C / -xzf x/a.tar.gz|unzip a.zip|gunzip a.gz|tar --extract -f b.tgz|export A=1|set -o pipefail|bash -c \"sudo x\"|env sudo x|/usr/bin/sudo x|echo $(whoami)|kill 1|mkdir -p /x && chown app /x",
    ),
    (
        "copy",
        "COPY a /a|COPY a b/|COPY aa bb|COPY a b /c|COPY a b /c/|COPY . .|COPY . /app|COPY --chown=app a /a|COPY --from=base /a /a|COPY --from=0 /a /b|COPY --from=7 /a /b|COPY --from=nginx /a /b|COPY --from=nginx:1 /a /b|COPY --from=build / /|COPY [\"a\", \"b\", \"/c/\"]|COPY a.tar.gz /|COPY a.tar /x/|COPY x/a.gz b.tgz /x/|COPY a $DIR|COPY a \"/b c\"|ADD a /a|ADD a.tar.gz /|ADD https://x/y /z|ADD a b.tar /x/|ADD git@github.com:a/b.git /x|ADD $URL /x|ADD --chown=app a.zip /|COPY <<EOF /etc/x\nhello\nEOF\n|ONBUILD COPY aa bb|ONBUILD ADD a b",
    ),
    (
        "env",
        "ENV A=1|ENV A=1 B=$A|ENV A=1 B=${A}/x|ENV PATH=/x:$PATH|ENV A 1|ENV GITHUB_TOKEN=x|ENV DB_PASSWORD x|ENV USER_NAME=x|ENV PIP_NO_CACHE_DIR=1|ENV PIP_NO_CACHE_DIR=off|ENV V=1|ENV A=1 \\\n    B=2 \\\n    C=$B|ARG V=1|ARG V|ARG TOKEN|ARG USERNAME=x|ARG APP_UID=1000|ENV AWS_ACCESS_KEY_ID=x|ONBUILD ENV A=1 B=$A|ONBUILD ARG TOKEN",
    ),
    (
        "rest",
        "WORKDIR /app|WORKDIR app|WORKDIR $X|WORKDIR \"/app\"|WORKDIR ./x|USER root|USER 0|USER app|USER 1000|USER app:app|USER 1000:1000|USER $V|USER ${APP_UID}|EXPOSE 80|EXPOSE 80/tcp 70000/udp|EXPOSE 8000-9000|EXPOSE $PORT|HEALTHCHECK NONE|HEALTHCHECK CMD x|HEALTHCHECK --interval=5s CMD [\"x\"]|CMD x|CMD [\"x\"]|ENTRYPOINT x|ENTRYPOINT [\"x\", \"y\"]|MAINTAINER me|STOPSIGNAL SIGTERM|VOLUME /x|SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]|SHELL [\"/bin/bash\", \"-c\"]|SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]|SHELL [\"pwsh\", \"-c\"]|LABEL a=b|LABEL A=b c=d|LABEL org.x.y=\"z\"|LABEL com.docker.x=1|LABEL a..b=1|ONBUILD WORKDIR app|ONBUILD USER root|ONBUILD CMD x|ONBUILD MAINTAINER me|cmd [\"x\"]",
    ),
    (
        "comment",
        "# a remark|# hadolint ignore=DL3059|# hadolint ignore=DL3008,DL3003 # because|#hadolint ignore = DL3020 , DL3015|# hadolint ignore=DL3008 why|# hadolint global ignore=DL4000|# hadolint shell=/bin/bash||",
    ),
    ("line", "<run>|<run>|<run>|<run>|<copy>|<env>|<rest>|<rest>|<comment>"),
    (
        "above",
        "|||ARG BASE|ARG BASE=debian:12|ARG V=1|# syntax=docker/dockerfile:1|# hadolint global ignore=DL3006|# hadolint stage ignore=DL3008,DL3020",
    ),
];

/// The Dockerfile of this seed.
pub fn generate(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut text = String::new();
    line("<above>", &mut dice, &mut text);
    for _ in 0..=dice.below(3) {
        if dice.one_in(12) {
            line("# hadolint stage ignore=DL3008,DL3059", &mut dice, &mut text);
        }
        line("FROM<platform> <image> <alias>", &mut dice, &mut text);
        for _ in 0..dice.below(9) {
            line("<line>", &mut dice, &mut text);
        }
    }
    text
}

fn line(pattern: &str, dice: &mut Dice, out: &mut String) {
    let begin = out.len();
    expand(pattern, dice, out);
    let kept = out[begin..].trim_end_matches([' ', '\n']).len();
    // hadolint wants an empty line behind a heredoc.
    let heredoc = out[begin..].contains("<<");
    out.truncate(begin + kept);
    out.push_str(if heredoc { "\n\n" } else { "\n" });
}

fn expand(pattern: &str, dice: &mut Dice, out: &mut String) {
    let mut rest = pattern;
    while let Some(at) = rest.find('<') {
        let known = rest[at + 1..].split_once('>').and_then(|(name, behind)| {
            let found = GRAMMAR.iter().find(|(known, _)| *known == name)?;
            Some((found.1, behind))
        });
        let Some((choices, behind)) = known else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        out.push_str(&rest[..at]);
        let choices = split(choices);
        expand(choices[dice.below(choices.len())], dice, out);
        rest = behind;
    }
    out.push_str(rest);
}

/// The choices of a rule. A `|` with blanks on both sides, or beside another, is the shell's.
fn split(choices: &str) -> Vec<&str> {
    let bytes = choices.as_bytes();
    let mut out = Vec::new();
    let mut begin = 0;
    for at in 0..bytes.len() {
        let beside = |at: usize| bytes.get(at).copied();
        let shell = (at > 0 && beside(at - 1) == Some(b' ') && beside(at + 1) == Some(b' '))
            || (at > 0 && beside(at - 1) == Some(b' ') && beside(at + 1) == Some(b'|'))
            || (at > 1
                && beside(at - 1) == Some(b'|')
                && beside(at - 2) == Some(b' ')
                && beside(at + 1) == Some(b' '));
        if bytes[at] == b'|' && !shell {
            out.push(&choices[begin..at]);
            begin = at + 1;
        }
    }
    out.push(&choices[begin..]);
    out
}
