#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two routers advertise themselves to a stack and to a kernel: when one says that it ends, or ends
without a word, both hosts go on by way of the other, and come back when it does."""
import struct
import threading

import netns
from handmade import ICMP6, Kernel, Ours, ip, mac, option
from netns import check, equal, wait_until

netns.need("sysctl")
SCRATCH = netns.Scratch()
ROUTERS = {"first": ("fe80::1", mac(1)), "second": ("fe80::7", mac(7))}
NAMES = {address: name for name, (_, address) in ROUTERS.items()}
ALL_NODES = b"\x33\x33\0\0\0\1"
HIGH, MEDIUM = 1, 0
FAR = "fd55::1"
# What would take a minute takes a second.
SYSCTLS = ["net.ipv6.conf.sea0.router_probe_interval=1", "net.ipv6.neigh.sea0.delay_first_probe_time=1"]


class Play:
    """A host between its routers, and which of them it is seen to use."""

    def __init__(self, host):
        self.host, self.way, self.failed = host, [], None
        host.wire.has.update(dict(ROUTERS.values()))
        host.wire.has["10.9.0.1"] = mac(1)
        host.find_mac()

    def advertise(self, name, lifetime=1800, preference=MEDIUM):
        """Neighbours are asked after a second of silence, three times within one."""
        addr, address = ROUTERS[name]
        message = struct.pack("!BBHBBHII", 134, 0, 0, 64, preference << 3, lifetime, 1000, 250) + \
            option(1, address)
        self.host.wire.send(address, ALL_NODES, ip(addr, "ff02::1", ICMP6, message, 255))

    def dies(self, name):
        del self.host.wire.has[ROUTERS[name][0]]

    def lives(self, name):
        self.host.wire.has.update([ROUTERS[name]])

    def goes_by(self, name, *words, **keywords):
        """With words, that is advertised until it does: frames may be lost."""
        def does():
            if words:
                self.advertise(*words, **keywords)
            return NAMES.get(self.host.echo(FAR, mac(1))[:6]) == name

        check(wait_until(does, 60), f"{type(self.host).__name__} does not go by the {name}")
        self.way.append(name)

    def act(self, scene):
        try:
            scene(self)
        except Exception as error:  # pylint: disable=broad-except
            self.failed = error


def both(scene):
    plays = [Play(Kernel(SYSCTLS, router6=None)), Play(Ours(SCRATCH, SYSCTLS, router6=None))]
    threads = [threading.Thread(target=play.act, args=(scene,)) for play in plays]
    for thread in threads:
        thread.start()
    for thread, play in zip(threads, plays):
        thread.join()
        play.host.end()
        if play.failed:
            raise play.failed
    equal(plays[1].way, plays[0].way)


def a_router_that_says_it_ends_is_left_at_once():
    def scene(play):
        play.goes_by("first", "first")
        play.goes_by("second", "second", preference=HIGH)
        play.goes_by("first", "second", lifetime=0, preference=HIGH)
        play.goes_by("second", "second", preference=HIGH)

    both(scene)


def a_router_that_is_silent_is_left_and_taken_again_when_it_answers():
    def scene(play):
        play.goes_by("first", "first")
        play.goes_by("second", "second", preference=HIGH)
        play.dies("second")
        play.goes_by("first")
        play.lives("second")
        play.goes_by("second")  # it was asked again: nobody advertised it
        play.dies("first")  # whom nobody asks
        play.goes_by("second")

    both(scene)


if __name__ == "__main__":
    netns.main([
        a_router_that_says_it_ends_is_left_at_once,
        a_router_that_is_silent_is_left_and_taken_again_when_it_answers,
    ])
